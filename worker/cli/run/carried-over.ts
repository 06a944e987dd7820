// What a run's result says about figures that another run measured, read from the rows.
// Source: contract §15 (resume: what is carried over is told).
import type { RunResult } from "../../core/result/recipe.ts";
import type { Readers } from "../../core/runs/readers.ts";

/** @returns null if nothing was carried over */
export function carriedOverBy(readers: Readers, runId: string): NonNullable<RunResult["taken_over"]> | null {
  const trials = readers.trials(runId).filter((trial) => trial.taken_over_from !== null);
  if (trials.length === 0) return null;
  return {
    candidates: trials.flatMap(({ stage, model }) => (stage === 1 && model !== null ? [model] : [])),
    cells: trials.flatMap(({ stage, knobs_json: knobs, visits_taken_over_n, visits_n }) =>
      stage === 2 && knobs !== null ? [{ knobs, visits: visits_taken_over_n ?? 0, of_visits: visits_n }] : [],
    ),
  };
}
