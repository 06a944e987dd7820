// Tool: why a run recommends what it does, and whether that still holds on this Mac. Changes nothing.
import { errorText } from "../../worker/core/errors.ts";
import { configsNow } from "../lib/recipe/config-answers.ts";
import { readWhenFree } from "../lib/database/database.ts";
import { databasePath } from "../lib/worker/paths.ts";
import { fetchStatus, freshnessOfRun } from "../lib/recipe/recipe-status.ts";
import { explainRun, hasRecipe, readExplained, type ExplainedRun } from "../lib/tools/recipe-tool-explain.ts";
import { toolError } from "../lib/tools/recipe-tool-confirmed.ts";
import { explainInput } from "../lib/tools/recipe-tool-input.ts";

type Input = {
  /** Id of the tuning run to explain, or the first 4 or more characters of it. Leave out for the newest run with a recipe. */
  runId?: string;
};

/**
 * Explain a run's recipe: model, knobs, measured figures with 95 % intervals, why it won, each rejected candidate with the measured value
 * and the limit, the other cells, knobs that made no measurable difference, whether it still holds on this Mac, and whether the config
 * that it was applied to still says so.
 */
export default async function tool(input: Input): Promise<object> {
  const { runId } = explainInput(input);
  const explained = await explainedRun(runId ?? null);
  if (!hasRecipe(explained)) return explainRun(explained, { holds: null, unknown: "", seen: new Map() });
  const status = await fetchStatus().catch((error: unknown) => new Error(errorText(error)));
  const seen = await configsNow(explained.applied, () =>
    status instanceof Error ? Promise.reject(status) : Promise.resolve(status),
  );
  if (status instanceof Error) return explainRun(explained, { holds: null, unknown: status.message, seen });
  const holds = freshnessOfRun(status, explained.run.run_id);
  const unknown = "asked only of the newest and of applied recipes, while no run is active";
  return explainRun(explained, { holds, unknown, seen });
}

async function explainedRun(runId: string | null): Promise<ExplainedRun> {
  try {
    const found = await readWhenFree(databasePath(), (readers) => readExplained(readers, runId));
    if (found instanceof Error) throw found;
    return found;
  } catch (error) {
    throw toolError(error);
  }
}
