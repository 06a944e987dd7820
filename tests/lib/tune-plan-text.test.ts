// What the form says of the plan and of what is in the way, and what of a repair can be typed.
import { expect, test } from "@jest/globals";
import { commandsIn, doctorFlags, repairText, summaryOf } from "../../src/lib/doctor/doctor-text.ts";
import { conflictNotice, planMarkdown, planSummary } from "../../src/lib/tune/plan-text.ts";
import { DEFAULT_VALUES } from "../../src/lib/tune/tune-form.ts";
import { check } from "../../worker/core/result/check.ts";
import type { PlannedCandidateReport, PlannedConflict, PlanReport } from "../../worker/core/result/plan-report.ts";

const live: PlannedConflict["live"] = [
  { kind: "launchd-managed", name: "launchd-managed l", text: "launchd-managed l (PID 7)", drained: "taken out" },
];
const no = { message: "In the way: l.", remedy: "Add --drain." };
const stuck = { message: "There is no GUI session.", remedy: "Log in." };
const clear: PlannedConflict = { refused: null, refused_with_drain: null, live: [], notes: [] };

test("the notice: nothing, what Drain would do, that it would not help, what it does", () => {
  expect(conflictNotice(clear, false)).toBeNull();
  expect(conflictNotice({ ...clear, refused: no, live }, false)?.text).toBe(
    "The run would be refused.\nWith Drain on: launchd-managed l (PID 7) is taken out.",
  );
  expect(conflictNotice({ refused: no, refused_with_drain: stuck, live, notes: [] }, false)?.text).toBe(
    "The run would be refused, and Drain would not help. There is no GUI session. Log in.",
  );
  expect(conflictNotice({ refused: stuck, refused_with_drain: stuck, live, notes: [] }, true)?.text).toBe(
    "The run would be refused. There is no GUI session. Log in.",
  );
  expect(conflictNotice({ ...clear, live }, true)).toEqual({
    title: "Drained",
    text: "launchd-managed l (PID 7) is taken out.",
  });
  expect(conflictNotice(null, false)?.text).toContain("could not be looked at");
});

const candidate = (rank: number, more: Partial<PlannedCandidateReport>): PlannedCandidateReport => ({
  ...{ model: `t/M${rank}`, rank, cached: true, weight_bytes: 4e9, weight_source: "cache", kv_bytes_at_target: 1e9 },
  ...{ memory_bytes: 17_179_869_184, needs_bytes: 7_516_192_768, basis: "estimated", fits: true, measured: null },
  ...more,
});
const found = { run_id: "r", at: "2026-02-03T00:00:00Z", target_context: 2000, ttft_p95_ms: 900, unlike: [] };
const plan = (candidates: PlannedCandidateReport[]): PlanReport => ({
  ...{ provider: "mlx-lm", asked_provider: "auto", target_context: 2000, candidates, left_out: [], method: "race" },
  machine: { ram_gb: 16, chip: "M2", os_version: "15", binary_version: "1", simulated: false },
  cells: [
    { knobs: { kv_bits: null, max_concurrency_override: 1, max_context_override: null }, incumbent: true },
    { knobs: { kv_bits: 8, max_concurrency_override: 1, max_context_override: null }, incumbent: false },
  ],
  ...{ expected_starts: 6, estimated_seconds: 245, max_duration_seconds: 7200, conflict: clear, warnings: ["slow"] },
});

test("each candidate with size, verdict and place; measured goes before estimated", () => {
  const text = planSummary(
    plan([
      candidate(1, { fits: false, needs_bytes: 21_045_339_750, cached: false }),
      candidate(2, { basis: "measured", measured: { ...found, tps: 41.8, reason: null } }),
      candidate(3, { basis: "measured", fits: false, measured: { ...found, tps: null, reason: "out of memory" } }),
      candidate(4, { weight_bytes: null, needs_bytes: null, basis: null, fits: null, cached: false }),
    ]),
  );
  expect(text.split("\n")).toEqual([
    "About 4 min, at most 2 h; likely M2",
    "1. M1: needs 19.6 GB of 16 GB, too big (estimated), to download",
    "2. M2: needs 7 GB of 16 GB, measured: 41.8 tok/s, on disk",
    "3. M3: needs 7 GB of 16 GB, measured: did not fit, on disk",
    "4. M4: size unknown, to download",
    "Then 2 cells of the first that serves 2000 tokens",
    "Estimated, not measured: 6 starts of the provider.",
  ]);
});

test("a long list is cut in the form and whole in the plan's own view", () => {
  const long = plan([1, 2, 3, 4, 5, 6, 7].map((rank) => candidate(rank, {})));
  expect(planSummary(long)).toContain("… and 2 more");
  expect(planMarkdown(long, false).text).toContain(
    "| 7 | t/M7 | needs 7 GB of 16 GB | 4 GB, on disk | could fit (estimated) |",
  );
  expect(planMarkdown(long, false).text).toContain("- kv unset · batch 1 (configured now)");
  expect(planMarkdown(long, false).text).toMatch(/## Worth Knowing\n\n- slow$/);
});

test("what can be typed of a repair", () => {
  expect(commandsIn("brew install mlx-lm   (or: uv tool install mlx-lm)")).toEqual(["brew install mlx-lm"]);
  expect(commandsIn("About mlx-lm: https://example.org")).toEqual([]);
  expect(commandsIn("Add --drain, or stop it yourself: `kill 812`.")).toEqual(["kill 812"]);
  expect(commandsIn("Plug the Mac in.")).toEqual([]);
  expect(repairText(check("power", "Power", "warning", "battery", "Plug the Mac in."))).toBe("Plug the Mac in.");
});

test("the verdict names what is broken, and says when only the simulator would run", () => {
  const broken = check("port", "Port", "error", "taken");
  expect(summaryOf({ could_start: false, simulated: false, checks: [broken] }).text).toBe("Mend first: Port.");
  expect(summaryOf({ could_start: true, simulated: true, checks: [] }).meaning).toBe("simulated");
  expect(summaryOf({ could_start: true, simulated: false, checks: [] }).meaning).toBe("good");
});

test("the doctor looks with the form's settings, those that it knows", () => {
  expect(doctorFlags({ ...DEFAULT_VALUES, drain: true, maxTokens: "64" })).toEqual([
    "--provider=auto",
    "--target-context=2000",
    "--drain",
    "--no-offline",
  ]);
});
