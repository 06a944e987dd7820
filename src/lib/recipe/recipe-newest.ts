// Which recipe "the latest" is: the newest ended run that found one, as the worker has it.
// Source: contract §3 (apply [run]).
import type { RunRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import type { Recommendation, RunResult } from "../../../worker/core/result/recipe.ts";
import { storedResult } from "../../../worker/core/runs/stored-result.ts";

export interface KnownRecipe {
  run: RunRow;
  result: RunResult;
  recipe: Recommendation;
}

/** One of the newest runs has a recipe nearly always, and reading them all takes ms of a first paint. */
const NEWEST_FEW = 3;
const ALL = -1;

/** @returns null if no run has found one */
export function newestRecipe(readers: Readers): KnownRecipe | null {
  for (const limit of [NEWEST_FEW, ALL]) {
    const runs = readers.runs(limit).filter(({ state }) => state !== "active");
    const known = runs.map(recipeOf).find((one) => one !== null);
    if (known !== undefined) return known;
  }
  return null;
}

/** @returns null for a run without a recipe, or one whose document cannot be read */
export function recipeOf(run: RunRow): KnownRecipe | null {
  const result = storedResult(run);
  const recipe = result?.recommendation ?? null;
  return result === null || recipe === null ? null : { run, result, recipe };
}
