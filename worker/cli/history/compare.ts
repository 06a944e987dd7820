// `compare`: two stored runs side by side; and what `run --compare` compares its run with.
import { compareRuns } from "../../core/compare/compare-runs.ts";
import { comparedRun } from "../../core/compare/compared-run.ts";
import type { Comparison } from "../../core/result/comparison-schema.ts";
import { comparisonText } from "../../core/compare/comparison-text.ts";
import { AutotuneError } from "../../core/errors.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { storedResult } from "../../core/runs/stored-result.ts";
import { say, type Io } from "../command/io.ts";

/** Print two runs side by side, in the order given. @returns 0. @throws AutotuneError not_found; config_error for one run twice */
export function compareStored(readers: Readers, ids: [was: string, now: string], json: boolean, io: Io): number {
  const [was, now] = [readers.run(ids[0]), readers.run(ids[1])];
  if (was.run_id === now.run_id)
    throw new AutotuneError("config_error", `both arguments name the run ${was.run_id}`, {
      remedy: "Name two runs; list them with `mlx-autotune runs`.",
    });
  const comparison = compareRuns(comparedRun(readers, was), comparedRun(readers, now));
  say(io.stdout, json ? JSON.stringify(comparison, null, 2) : comparisonText(comparison));
  return 0;
}

/** Compare a run with the newest other one that ended with a recipe at the same context on the same provider. @returns null if there is none */
export function compareWithLast(readers: Readers, runId: string): Comparison | null {
  const now = readers.run(runId);
  const before = readers
    .runs()
    .find(
      (one) =>
        one.run_id !== runId &&
        one.state === "ended" &&
        one.provider === now.provider &&
        one.target_context === now.target_context &&
        (one.kept_trial_id !== null || storedResult(one)?.recommendation != null),
    );
  return before === undefined ? null : compareRuns(comparedRun(readers, before), comparedRun(readers, now));
}
