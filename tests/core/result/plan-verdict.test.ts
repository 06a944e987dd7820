// What an older row says of a run with other limits, and how a plan says it. Source: contract §3 (plan), §7.
import { describe, expect, test } from "@jest/globals";
import type { PlannedCandidateReport, PlanReport } from "../../../worker/core/result/plan-report.ts";
import { judgeOld, telling, type OldVerdict } from "../../../worker/core/result/plan-verdict.ts";
import {
  estimateText,
  installText,
  missingProviders,
  planAnswer,
  simulatedText,
  verdictInFull,
  verdictText,
} from "../../../worker/core/result/plan-words.ts";
import { REAL_SERVERS } from "../../../worker/providers/index.ts";
import { roughly } from "../../../worker/core/units.ts";

const NOW = { targetContext: 2000, gateTtftMs: 1000, readyTimeoutS: 300 };
const DEFAULTS = { kv_bits: null, max_batch: null, max_context_cap: null };
const row = (more: Partial<OldVerdict>): OldVerdict => ({
  ...{ fits: false, misfit_class: "out_of_memory", target_context: 2000, ttft_p95_ms: null },
  ...{ gate_ttft_ms: 1000, ready_timeout_s: 300, ...DEFAULTS },
  ...more,
});
const limits = (more: Partial<OldVerdict>) => {
  const { fits, unlike } = judgeOld(row(more), NOW);
  return [fits, ...unlike.map(({ limit, was, now }) => `${limit}: ${was} → ${now}`)];
};

describe("what did not fit", () => {
  test("holds at its own context and longer ones, at its own gate and stricter ones", () => {
    expect(limits({})).toEqual([false]);
    expect(limits({ target_context: 1000 })).toEqual([false]);
    expect(limits({ target_context: 4000 })).toEqual([null, "context: 4000 → 2000"]);
    expect(limits({ misfit_class: "ttft_gate", gate_ttft_ms: 1000 })).toEqual([false]);
    expect(limits({ misfit_class: "ttft_gate", gate_ttft_ms: 2000 })).toEqual([false]);
    expect(limits({ misfit_class: "ttft_gate", gate_ttft_ms: 500 })).toEqual([null, "ttft_gate: 500 → 1000"]);
  });

  test("a laxer gate or load limit frees only what failed by it; an unknown class or limit may have been it", () => {
    expect(limits({ misfit_class: "out_of_memory", gate_ttft_ms: 500, ready_timeout_s: 10 })).toEqual([false]);
    expect(limits({ misfit_class: "load_timeout", ready_timeout_s: 60 })).toEqual([null, "load_limit: 60 → 300"]);
    expect(limits({ misfit_class: "load_timeout", ready_timeout_s: null })).toEqual([null, "load_limit: null → 300"]);
    expect(limits({ misfit_class: null, gate_ttft_ms: 500 })).toEqual([null, "ttft_gate: 500 → 1000"]);
    expect(limits({ misfit_class: null, gate_ttft_ms: null })).toEqual([null, "ttft_gate: null → 1000"]);
  });

  test("with knobs it says nothing of a start without any", () => {
    expect(limits({ kv_bits: 8, max_batch: 4 })).toEqual([null, "knobs: kv 8 · batch 4 → default"]);
    expect(limits({ max_batch: 1, max_context_cap: 2000 })).toEqual([false]);
  });
});

describe("what fitted", () => {
  test("holds at shorter contexts while its first token came within what is allowed now", () => {
    expect(limits({ fits: true, misfit_class: null, ttft_p95_ms: 900 })).toEqual([true]);
    expect(limits({ fits: true, ttft_p95_ms: 900, gate_ttft_ms: 60_000, target_context: 4000 })).toEqual([true]);
    expect(limits({ fits: true, ttft_p95_ms: 900, target_context: 1000 })).toEqual([null, "context: 1000 → 2000"]);
    expect(limits({ fits: true, ttft_p95_ms: 900, max_batch: 2 })).toEqual([null, "knobs: batch 2 → default"]);
  });

  test("too slow for the gate of now: at this context it would not fit, at a longer one that is open", () => {
    const slow = { fits: true, ttft_p95_ms: 1200, gate_ttft_ms: 60_000 };
    expect(limits(slow)).toEqual([false, "ttft_gate: 60000 → 1000"]);
    expect(limits({ ...slow, target_context: 4000 })).toEqual([null, "ttft_gate: 60000 → 1000"]);
    expect(limits({ ...slow, ttft_p95_ms: null })).toEqual([null, "ttft_gate: 60000 → 1000"]);
  });
});

test("of several rows one that decides is taken, then one at this context, then the newest", () => {
  const [freed, other, old] = [
    row({ misfit_class: "ttft_gate", gate_ttft_ms: 500 }),
    row({ target_context: 4000 }),
    row({ target_context: 1000 }),
  ];
  expect(telling([freed, other, old], NOW)?.row).toBe(old);
  expect(telling([other, freed], NOW)?.row).toBe(freed);
  expect(telling([other, row({ target_context: 8000 })], NOW)?.row).toBe(other);
  expect(telling([], NOW)).toBeNull();
});

const candidate = (rank: number, more: Partial<PlannedCandidateReport> = {}): PlannedCandidateReport => ({
  ...{ model: `t/M${rank}`, rank, cached: true, weight_bytes: 4e9, weight_source: "cache", kv_bytes_at_target: 1e9 },
  ...{ memory_bytes: 16e9, needs_bytes: 7e9, basis: "estimated", fits: true, measured: null },
  ...more,
});
const measured = {
  ...{ run_id: "r", at: "2026-02-03T00:00:00Z", target_context: 2000, tps: null, ttft_p95_ms: null },
  ...{ reason: "TTFT 800 ms, gate 500 ms", unlike: [] },
};

describe("in words", () => {
  test("a verdict of another gate is called what it is, with both limits", () => {
    const freed = candidate(1, { measured: { ...measured, unlike: [{ limit: "ttft_gate", was: 500, now: 1000 }] } });
    expect(verdictText(freed)).toBe("could fit (estimated); did not fit before (TTFT allowed: 500 ms, now 1.00 s)");
    expect(verdictInFull(freed)).toBe(
      "could fit (estimated); measured here 2026-02-03 at 2000 tokens: did not fit: TTFT 800 ms, gate 500 ms; allowed now: 1.00 s, would be tried again",
    );
  });

  test("one that decides is told as such, also where today's gate turns it", () => {
    const failed = candidate(1, { basis: "measured", fits: false, measured });
    expect(verdictText(failed)).toBe("measured: did not fit");
    expect(verdictText({ ...failed, weight_source: "simulated" })).toBe("simulated: did not fit");
    expect(verdictInFull(failed)).toBe(
      "measured here 2026-02-03 at 2000 tokens: did not fit: TTFT 800 ms, gate 500 ms",
    );
    const fit = { ...measured, reason: null, tps: 41.8, ttft_p95_ms: 1200 };
    expect(verdictText(candidate(1, { basis: "measured", measured: fit }))).toBe("measured: 41.8 tok/s");
    const slow = { ...fit, unlike: [{ limit: "ttft_gate" as const, was: 60_000, now: 1000 }] };
    const turned = candidate(1, { basis: "measured", fits: false, measured: slow });
    expect(verdictText(turned)).toBe("measured: TTFT 1.20 s, allowed now: 1.00 s");
    expect(verdictInFull(turned)).toBe(
      "measured here 2026-02-03 at 2000 tokens: 41.8 tok/s, TTFT 1.20 s; allowed now: 1.00 s",
    );
  });

  test("every other limit has its words; a simulated row is called one", () => {
    const before = (limit: "context" | "load_limit" | "knobs", was: number | string, now: number | string) =>
      candidate(1, { weight_source: "simulated", measured: { ...measured, unlike: [{ limit, was, now }] } });
    expect(verdictText(before("context", 8000, 2000))).toContain("(8000 tokens, now 2000)");
    expect(verdictText(before("load_limit", 60, 300))).toContain("(allowed to load: 60 s, now 300 s)");
    expect(verdictText(before("knobs", "kv 8", "default"))).toContain("(with kv 8)");
    expect(verdictInFull(before("context", 8000, 2000))).toMatch(/simulated 2026.*; asked for now: 2000 tokens, would/);
    expect(verdictInFull(candidate(1, { basis: null, fits: null }))).toBe("unknown until it is tried");
  });

  const plan = (candidates: PlannedCandidateReport[], simulated = false): PlanReport => ({
    ...{ provider: "mlx-lm", asked_provider: "auto", target_context: 2000, candidates, left_out: [], method: "race" },
    machine: { ram_gb: 16, chip: "M2", os_version: "15", binary_version: "1", simulated },
    ...{ cells: [], expected_starts: 6, estimated_seconds: 1342, max_duration_seconds: 7200, warnings: [] },
    conflict: null,
  });

  test("the answer: how long, and which model; what is known not to fit is passed over", () => {
    const big = candidate(1, { fits: false });
    expect(planAnswer(plan([big, candidate(2)]))).toBe("About 22 min, at most 2 h; likely M2");
    expect(planAnswer(plan([candidate(1, { fits: null }), candidate(2)]))).toMatch(/; perhaps M1$/);
    expect(planAnswer(plan([big]))).toMatch(/; none of these is likely to fit$/);
    expect(estimateText(plan([big]))).toBe("Estimated, not measured: 6 starts of the provider.");
    expect(["0.4", 22, 59.6, 4800, 7200, -1].map((one) => roughly(Number(one)))).toEqual([
      "0 s",
      "22 s",
      "1 min",
      "1 h 20 min",
      "2 h",
      "unknown",
    ]);
  });

  test("without a provider: how to get one, by a command that Homebrew's Python does not refuse", () => {
    const none = { ...plan([candidate(1)], true), provider: "simulated" };
    expect(simulatedText(none)).toBe("No MLX provider found: this run would only be simulated.");
    const lines = missingProviders(none).map(installText);
    expect(lines).toEqual(["Install mlx-lm: brew install mlx-lm, or uv tool install mlx-lm"]);
    const asked = { ...none, asked_provider: "simulated" as const };
    expect([missingProviders(asked), missingProviders(plan([]))]).toEqual([[], []]);
    expect(simulatedText(asked)).toMatch(/as asked for/);
    expect(simulatedText(plan([]))).toBeNull();
    expect(REAL_SERVERS.flatMap(({ install }) => install).filter((one) => /^pip\b/.test(one))).toEqual([]);
  });
});
