import { expect, test } from "@jest/globals";
import { compareRuns, type ComparedRun } from "../../../worker/core/compare/compare-runs.ts";
import { comparisonSchema } from "../../../worker/core/result/comparison-schema.ts";
import { comparisonText } from "../../../worker/core/compare/comparison-text.ts";
import { replicateRowSchema, runRowSchema, trialRowSchema, type RunRow } from "../../../worker/core/runs/read-model.ts";

/** Rows as the views give them, every column that is not named NULL. */
function rowOf<T>(schema: { shape: object; parse(value: unknown): T }, values: object): T {
  return schema.parse({ ...Object.fromEntries(Object.keys(schema.shape).map((key) => [key, null])), ...values });
}

/** A run whose winner has these replicates of tok/s; TTFT is 1000 / tps s. */
function run(id: string, tps: number[], more: Record<string, unknown> = {}, trial: object = {}): ComparedRun {
  const row: RunRow = rowOf(runRowSchema, {
    ...{ seq: 1, run_id: id, state: "ended", applied: 0, simulated: 0, trials_n: 1, fits_n: 1, kept_trial_id: 7 },
    ...{ provider: "mlx-lm", target_context: 2000, exit_reason: "ok", machine_chip: "Apple M2", machine_ram_gb: 16 },
    ...more,
  });
  const kept = rowOf(trialRowSchema, {
    ...{
      id: 7,
      stage: 2,
      state: "done",
      model: "t/A-7B",
      fits: 1,
      kept: 1,
      n_err: 0,
      visits_n: 1,
      starts_n: 1,
      max_batch: 1,
    },
    ...{ agg_throughput_tps: tps[0] ?? null, decode_tps: tps[0] ?? null, ttft_p95_ms: 1000 },
    ...trial,
  });
  const replicates = tps.map((value, ordinal) =>
    rowOf(replicateRowSchema, {
      ...{ id: ordinal, visit_id: 1, trial_id: 7, run_id: id, ordinal, state: "ok" },
      ...{ tps: value, decode_tps: value, ttft_ms: 1e6 / value },
    }),
  );
  return { run: row, result: null, kept, replicates };
}

const STEADY = [100, 101, 99, 100];

test("more than noise is better or worse, each figure in its own sense", () => {
  const found = compareRuns(run("was", STEADY), run("now", [110, 111, 109, 110], {}, { ttft_p95_ms: 900 }));
  expect(comparisonSchema.parse(found)).toEqual(found);
  expect([found.tps.verdict, found.decode_tps.verdict, found.ttft_p95_ms.verdict]).toEqual([
    "better",
    "better",
    "better",
  ]);
  expect(found.tps).toMatchObject({ was: 100, now: 110, change: expect.closeTo(0.1, 12) });
  expect(found.ttft_p95_ms.change).toBeCloseTo(-0.1, 12);
  expect(comparisonText(found)).toMatch(
    /throughput +was 100\.0 tok\/s, now 110\.0 tok\/s \(\+10\.0 %\): better, more than noise \(95 %: \+\d+\.\d % to \+\d+\.\d %\)/,
  );
  expect(comparisonText(found)).toContain("Machine, program, weights and method are the same.");
  const back = compareRuns(run("was", [110, 111, 109, 110]), run("now", STEADY));
  expect([back.tps.verdict, back.ttft_p95_ms.verdict]).toEqual(["worse", "worse"]);
});

test("a difference within the scatter is noise, and one replicate says nothing", () => {
  expect(compareRuns(run("was", [90, 110, 100]), run("now", [95, 112, 104])).tps.verdict).toBe("noise");
  const single = compareRuns(run("was", [100]), run("now", STEADY));
  expect([single.tps.verdict, single.tps.interval]).toEqual(["unknown", null]);
  expect(comparisonText(single)).toContain("too few replicates to tell from noise");
});

test("knobs, machine, program and weights are named where they differ", () => {
  const was = run("was", STEADY, { binary_version: "mlx-lm 0.31", inputs_json: '{"maxTokens":128}' });
  const now = run(
    "now",
    STEADY,
    { binary_version: "mlx-lm 0.32", machine_ram_gb: 32, inputs_json: '{"maxTokens":64}' },
    { kv_bits: 8, model_revision: "abc" },
  );
  const found = compareRuns(was, now);
  expect(found.knobs).toEqual([{ what: "kv_bits", was: "unset", now: "8" }]);
  expect(found.conditions).toEqual([
    { what: "program", was: "mlx-lm 0.31", now: "mlx-lm 0.32" },
    { what: "RAM (GB)", was: "16", now: "32" },
    { what: "weights", was: null, now: "abc" },
    { what: "max tokens", was: "128", now: "64" },
  ]);
  expect(comparisonText(found)).toContain("was kv unset · batch 1, now kv 8 · batch 1");
});

test("simulated against real is said first, and no verdict is given", () => {
  const found = compareRuns(run("was-0001", STEADY), run("now-0001", [200, 201, 199], { simulated: 1 }));
  expect([found.comparable, found.tps.verdict, found.tps.interval]).toEqual([false, "unknown", null]);
  expect(comparisonText(found)).toMatch(
    /^NOT COMPARABLE: run was-0001 is measured on a real machine, run now-0001 is SIMULATED/,
  );
  expect(comparisonText(found)).not.toMatch(/noise|%/);
});

test("a run without a recipe, and one at another context, are named", () => {
  const none = { ...run("none", [], { exit_reason: "no_feasible", target_context: 8000 }), kept: null };
  const found = compareRuns(none, run("now", STEADY));
  expect(found.comparable).toBe(false);
  expect(found.warnings.join(" ")).toMatch(/Run none found no recipe\..*different contexts/);
  expect(comparisonText(found)).toContain("was none, now t/A-7B");
});
