// Which stored recipe a command means: a named run's, or the newest one there is.
// Source: contract §3 (apply [run], serve [run]).
import type { RecipeToApply } from "../../change/apply.ts";
import { applicableRecipe } from "../../core/runs/applicable.ts";
import { AutotuneError } from "../../core/errors.ts";
import { newestRecipe } from "../../core/runs/newest-recipe.ts";
import type { RunRow } from "../../core/runs/read-model.ts";
import type { Recommendation } from "../../core/result/recipe.ts";
import { isProviderId } from "../../providers/index.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { storedResult } from "../../core/runs/stored-result.ts";

export interface StoredRecipe extends RecipeToApply {
  run: RunRow;
  recommendation: Recommendation;
}

/**
 * @param id a run id, a beginning of one, or null for the one of the newest recipe
 * @throws AutotuneError not_found without such a run, config_error if the run has no recipe
 */
export function storedRecipe(readers: Readers, id: string | null): StoredRecipe {
  const run = id === null ? runOfNewest(readers) : readers.run(id);
  const result = storedResult(run);
  const recommendation = result?.recommendation ?? null;
  const provider = result?.inputs.provider ?? "";
  if (recommendation === null || !isProviderId(provider)) throw withoutRecipe(run);
  const recipe = applicableRecipe(run, readers.trials(run.run_id), recommendation, provider);
  return { run, runId: run.run_id, recommendation, provider, recipe };
}

function runOfNewest(readers: Readers): RunRow {
  const found = newestRecipe(readers);
  if (found !== null) return found.run;
  throw new AutotuneError("not_found", "no run has found a recipe yet", {
    remedy: "Start one with `mlx-autotune run`.",
  });
}

function withoutRecipe(run: RunRow): AutotuneError {
  const why = run.state === "active" ? "is still active" : `ended with ${run.exit_reason ?? "nothing that is known"}`;
  const readable = run.recommendation_json === null || storedResult(run) !== null;
  const said = readable ? `${why} and has no recipe` : "was written by another program; its recipe cannot be read";
  return new AutotuneError("config_error", `run ${run.run_id} ${said}`, {
    remedy: "Name another run; `mlx-autotune runs` lists them.",
  });
}
