// Which recipe "the latest" is: the newest ended run that found one, as the worker has it.
// Source: contract §3 (apply [run]).
import type { RunRow } from "../../worker/core/read-model.ts";
import type { Readers } from "../../worker/core/readers.ts";
import type { Recommendation, RunResult } from "../../worker/core/recipe.ts";
import { storedResult } from "../../worker/core/stored-result.ts";

export interface KnownRecipe {
  run: RunRow;
  result: RunResult;
  recipe: Recommendation;
}

/** @returns null if no run has found one */
export function newestRecipe(readers: Readers): KnownRecipe | null {
  for (const run of readers.runs()) {
    const known = run.state === "active" ? null : recipeOf(run);
    if (known !== null) return known;
  }
  return null;
}

/** @returns null for a run without a recipe, or one whose document cannot be read */
export function recipeOf(run: RunRow): KnownRecipe | null {
  const result = storedResult(run);
  const recipe = result?.recommendation ?? null;
  return result === null || recipe === null ? null : { run, result, recipe };
}
