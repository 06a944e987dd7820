// Contract §15, resume: which runs are resumed, under whose inputs, and what must not have changed.
import { describe, expect, test } from "@jest/globals";
import type { Inputs } from "../../../worker/core/settings/inputs.ts";
import { runRowSchema, type RunRow } from "../../../worker/core/runs/read-model.ts";
import { ranOutOfTime, whyNotResumable } from "../../../worker/core/runs/resume-choice.ts";
import { cellsText, differences } from "../../../worker/core/runs/resume-conditions.ts";
import { resumedInputs } from "../../../worker/core/runs/resume-inputs.ts";
import { resolveSettings } from "../../../worker/core/settings/settings.ts";

const settingsOf = (flags: Record<string, string>, env: Record<string, string> = {}) =>
  resolveSettings({
    flags: Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, [value]])),
    ...{ env, file: null, home: "/home/u", cwd: "/work", randomSeed: 99 },
  });

function run(part: Record<string, unknown> = {}): RunRow {
  const columns = Object.fromEntries(Object.keys(runRowSchema.shape).map((key) => [key, null]));
  return runRowSchema.parse({
    ...columns,
    ...{
      seq: 1,
      run_id: "aaaaaaaa-1",
      state: "ended",
      applied: 0,
      trials_n: 1,
      fits_n: 0,
      exit_reason: "internal_error",
    },
    inputs_json: "{}",
    ...part,
  });
}

describe("which run", () => {
  test.each([
    ["internal_error", null],
    ["interrupted", null],
    ["budget_exhausted_no_model_selected", null],
    ["budget_exhausted_with_partial_recommendation", null],
    ["ok", "ended ok; nothing of it is left to measure"],
    ["no_feasible", "tried every candidate; nothing of it is left to measure"],
    ["config_error", "was refused or given up (config_error), not cut short"],
    ["provider_conflict", "was refused or given up (provider_conflict), not cut short"],
    ["pre_warm_integrity_failure", "was refused or given up (pre_warm_integrity_failure), not cut short"],
  ])("%s", (exit_reason, why) => {
    expect(whyNotResumable(run({ exit_reason }), 1, [])).toBe(why);
  });

  test("one without a finished trial, without its inputs, or still active is none; a lost one is", () => {
    expect(whyNotResumable(run(), 0, [])).toBe("has no finished trial");
    expect(whyNotResumable(run({ inputs_json: null }), 1, [])).toBe("was written by another program");
    expect(whyNotResumable(run({ state: "active", exit_reason: null }), 1, [])).toBe("is still active");
    expect(whyNotResumable(run({ state: "lost", exit_reason: null }), 1, [])).toBeNull();
  });

  test("one whose heir ended ok is none, however many died over it; one whose heirs all died is", () => {
    const heir = (id: string, from: string, exit_reason: string) =>
      run({ run_id: id, resumed_from: from, exit_reason });
    const died = [heir("bbbbbbbb-1", "aaaaaaaa-1", "internal_error"), heir("cccccccc-1", "bbbbbbbb-1", "interrupted")];
    expect(whyNotResumable(run(), 1, died)).toBeNull();
    const all = [...died, heir("dddddddd-1", "cccccccc-1", "ok")];
    expect(whyNotResumable(run(), 1, all)).toBe("was resumed by run dddddddd already, which ended ok");
  });

  test("more of the same time is of no use to one that ran out of it", () => {
    expect([run({ exit_reason: "budget_exhausted_no_model_selected" }), run()].map(ranOutOfTime)).toEqual([
      true,
      false,
    ]);
  });
});

describe("whose inputs", () => {
  const before: Inputs = settingsOf({
    ...{ "target-context": "4000", seed: "7", "kv-bits-axis": "unset,8", "max-duration": "900", port: "18099" },
    ...{ drain: "true", offline: "true", method: "fixed" },
  }).inputs;
  const old = run({
    ...{ inputs_json: JSON.stringify(before), provider: "macprovider" },
    candidate_models_json: '["org/A-7B","org/B-1B"]',
  });

  test("what has a say in a figure is the old run's, as it was resolved; what has none is this command line's", () => {
    const found = resumedInputs(old, settingsOf({ json: "true", "retain-runs": "3" }));
    expect(found).toMatchObject({ problems: [], warnings: [] });
    expect(found?.inputs).toMatchObject({
      ...{ provider: "macprovider", candidateModels: ["org/A-7B", "org/B-1B"], targetContext: 4000, seed: 7 },
      ...{ method: "fixed", maxDurationS: 900, port: 18_099, axes: { kv_bits: [null, 8] } },
      ...{ drain: false, offline: false, json: true, retainRuns: 3 },
    });
  });

  test("time and port may be other ones by flag; flags that say the same are welcome", () => {
    const flags = { "max-duration": "1800", port: "18100", "target-context": "4000", provider: "auto" };
    const found = resumedInputs(old, settingsOf({ ...flags, "candidate-models": "org/A-7B,org/B-1B" }));
    expect(found).toMatchObject({
      problems: [],
      inputs: { maxDurationS: 1800, port: 18_100, provider: "macprovider" },
    });
  });

  test("a list that was asked for by name may be asked for again; it stays what it was made of", () => {
    const row = run({
      ...{ inputs_json: JSON.stringify({ ...before, candidateModels: ["cached"] }), provider: "macprovider" },
      candidate_models_json: '["org/A-7B"]',
    });
    const found = resumedInputs(row, settingsOf({ "candidate-models": "cached" }));
    expect(found).toMatchObject({ problems: [], inputs: { candidateModels: ["org/A-7B"] } });
  });

  test("each flag that contradicts is named with both values", () => {
    const flags = { "target-context": "2000", "candidate-models": "org/B-1B", "max-batch-axis": "1,4", seed: "8" };
    expect(resumedInputs(old, settingsOf(flags))?.problems).toEqual([
      "--target-context: 2000 here, 4000 in run aaaaaaaa",
      "--candidate-models: org/B-1B here, org/A-7B,org/B-1B in run aaaaaaaa",
      "--max-batch-axis: 1,4 here, not given in run aaaaaaaa",
      "--seed: 8 here, 7 in run aaaaaaaa",
    ]);
  });

  test("a variable that contradicts yields with a warning", () => {
    const found = resumedInputs(old, settingsOf({}, { MLX_AUTOTUNE_TARGET_CONTEXT: "2000" }));
    expect(found).toMatchObject({ problems: [], inputs: { targetContext: 4000 } });
    expect(found?.warnings).toEqual([
      "target-context 2000 of the environment is ignored: run aaaaaaaa was measured with 4000",
    ]);
  });

  test("a row that does not say how it was measured gives none", () => {
    const without = { ...before, seed: undefined };
    expect(resumedInputs(run({ inputs_json: JSON.stringify(without) }), settingsOf({}))).toBeNull();
  });
});

test("conditions that differ or cannot be told are named, was and now", () => {
  const was = [
    ["program", "1.4.0"],
    ["boot", null],
    ["weights of A", null],
    ["RAM (GB)", 16],
  ] as const;
  const now = [
    ["program", "1.5.0"],
    ["boot", null],
    ["weights of A", null],
    ["RAM (GB)", 16],
  ] as const;
  expect(differences(was, now, ["weights of A"])).toEqual([
    'program: was "1.4.0", now "1.5.0"',
    "boot: was unknown, now unknown",
  ]);
  const knobs = { kv_bits: 4 as const, max_concurrency_override: 1, max_context_override: null };
  expect(cellsText([{ knobs, incumbent: true }])).toBe("kv 4 · batch 1 (configured)");
});
