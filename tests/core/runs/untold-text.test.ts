// Contract §13: what a notification says that another process than the worker sends.
import { expect, test } from "@jest/globals";
import type { RunRow } from "../../../worker/core/runs/read-model.ts";
import { SPEC_VERSION, type RunResult } from "../../../worker/core/result/recipe.ts";
import { type EndedRun, untoldText } from "../../../worker/core/runs/untold-text.ts";

const RESULT: RunResult = {
  spec_version: SPEC_VERSION,
  run_id: "0198a1c2-7b1e-4c55-9d0a-1f2e3d4c5b6a",
  started_at: "2026-01-01T00:00:00Z",
  ended_at: "2026-01-01T01:00:00Z",
  machine: { ram_gb: 16, chip: "Apple M2", os_version: "26.1", binary_version: "1.4.0", simulated: false },
  inputs: {
    ...{ provider: "macprovider", target_context: 2000, candidate_models: ["org/A-7B"], method: "race" },
    ...{ stage1_replicates: 1, stage2_replicates: 5, gate_ttft_ms: 60000, tps_tie_epsilon: 0.1, seed: 1 },
  },
  recommendation: {
    ...{ model: "org/A-7B", target_context: 2000, tps_median: 41.8, decode_tps_median: 42, ttft_p95_ms: 920 },
    knobs: { kv_bits: 4, max_concurrency_override: 2, max_context_override: null },
    ...{ replicates: 5, uplift: null, partial: false, serve_command: "x", reason: "x", findings: [] },
    ...{ thermally_unstable: false, drift: null },
  },
  ...{ alternates: [], infeasible: [], recipe_hash: null, exit_reason: "ok", detail: null, db_path: "/db" },
};

const text = (part: { row?: object; result?: object | null } & Partial<Omit<EndedRun, "run">> = {}) => {
  const { row = {}, result = {}, ...rest } = part;
  const json = result === null ? null : JSON.stringify({ ...RESULT, ...result });
  const run = { recommendation_json: json, exit_reason: "ok", inputs_json: {}, ...row } as unknown as RunRow;
  return untoldText({ run, drains: [], notes: [], applications: [], ...rest });
};

const APPLY = { inputs_json: { apply: true } };
const DIED = { exit_reason: "internal_error" };
const out = (state: string, name = "launchd-managed x") => ({ name, state });
const FACTS = "41.8 tok/s · TTFT 0.92 s at 2k · kv 4 · batch 2";

test("a run that had ended is told in its own words, with what is back", () => {
  expect(text()).toEqual({ title: "Recipe ready: A-7B", message: FACTS });
  expect(text({ drains: [out("restored")] }).message).toBe(`${FACTS} · live provider back`);
  const none = { recommendation: null, exit_reason: "no_feasible", detail: "nothing fits" };
  expect(text({ row: { exit_reason: "no_feasible" }, result: none })).toEqual({
    title: "No recipe: no_feasible",
    message: "nothing fits",
  });
});

test.each<[string, Partial<EndedRun>, string]>([
  ["was never tried", {}, `${FACTS} · not applied`],
  ["was refused", { notes: [{ kind: "apply refused" }] }, `${FACTS} · not applied`],
  ["wrote nothing", { applications: [{ state: "failed" }] }, `${FACTS} · not applied`],
  [
    "wrote, and nobody looked",
    { applications: [{ state: "unverified" }] },
    `${FACTS} · written, but not seen to serve`,
  ],
  ["came to its end", { applications: [{ state: "applied" }] }, FACTS],
  ["had nothing to change", { notes: [{ kind: "apply unchanged" }] }, FACTS],
  ["was taken back", { notes: [{ kind: "apply rolled_back" }] }, `${FACTS} · not applied`],
])("an --apply that %s", (_what, part, message) => {
  expect(text({ row: APPLY, ...part }).message).toBe(message);
});

test("a run that died says so, what is back, and that its recipe is kept", () => {
  const died = (part: Parameters<typeof text>[0]) => text({ row: DIED, result: null, ...part });
  expect(died({})).toEqual({ title: "The tuning run has died", message: "Nothing was left behind." });
  const twice = [out("restored"), out("restored", "launchd-managed y"), out("restored")];
  expect(died({ drains: twice }).message).toBe("The live provider is back: launchd-managed x, launchd-managed y");
  expect(died({ drains: [out("left_out", "foreground-PID-7")] }).message).toBe("Left stopped: foreground-PID-7");
  expect(text({ row: { ...DIED, ...APPLY }, drains: [out("restored")] }).message).toBe(
    "Its recipe is kept: A-7B · not applied · The live provider is back: launchd-managed x",
  );
});

test("a provider that is not back goes before everything else", () => {
  for (const row of [{}, DIED])
    expect(text({ row, drains: [out("restored", "y"), out("failed")] })).toEqual({
      title: "The live provider is not back",
      message: "launchd-managed x: run mlx-autotune restore",
    });
});
