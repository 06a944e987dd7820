// Which recipe "the newest" is, for every command and view: of the newest ended run that found one, and of a run that measured this
// machine before one that was simulated. Source: contract §3 (apply [run]).
import type { RunRow } from "./read-model.ts";
import type { Readers } from "./readers.ts";
import type { Recommendation, RunResult } from "../result/recipe.ts";
import { storedResult } from "./stored-result.ts";

export interface KnownRecipe {
  run: RunRow;
  result: RunResult;
  recipe: Recommendation;
}

/** One of the newest runs has a recipe nearly always, and reading them all takes ms of a first paint. */
const NEWEST_FEW = 3;
const ALL = -1;

/** @returns null if no run has found one */
export function newestRecipe(readers: Pick<Readers, "runs">): KnownRecipe | null {
  for (const simulated of [false, true])
    for (const limit of [NEWEST_FEW, ALL]) {
      const known = firstRecipe(readers.runs(limit, simulated));
      if (known !== null) return known;
    }
  return null;
}

function firstRecipe(runs: readonly RunRow[]): KnownRecipe | null {
  for (const run of runs) {
    const known = recipeOf(run);
    if (known !== null) return known;
  }
  return null;
}

/** The one that is meant among runs with a recipe, newest first; null among none. */
export function preferred<T extends { run: Pick<RunRow, "simulated"> }>(known: readonly T[]): T | null {
  return known.find(({ run }) => run.simulated !== true) ?? known[0] ?? null;
}

/** @returns null for a run that goes on, one without a recipe, or one whose document cannot be read */
export function recipeOf(run: RunRow): KnownRecipe | null {
  if (run.state === "active") return null;
  const result = storedResult(run);
  const recipe = result?.recommendation ?? null;
  return result === null || recipe === null ? null : { run, result, recipe };
}
