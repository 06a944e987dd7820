// What of a stored run can be applied: the recipe, and whether its context axis was really swept.
// Source: contract §12 (the context rule; partial and simulated recipes).
import * as z from "zod";
import type { ApplicableRecipe } from "../config/config-plan.ts";
import { PROVIDERS, type ProviderId } from "../../providers/index.ts";
import type { RunRow, TrialRow } from "./read-model.ts";
import type { Recommendation } from "../result/recipe.ts";

const askedSchema = z.object({ axes: z.object({ max_context: z.array(z.number()).nullable() }) });

/** Put together what `planApply` needs. */
export function applicableRecipe(
  run: Pick<RunRow, "inputs_json" | "simulated">,
  trials: readonly Pick<TrialRow, "stage" | "max_context_cap" | "visits_n">[],
  recommendation: Recommendation,
  provider: ProviderId,
): ApplicableRecipe {
  return {
    model: recommendation.model,
    knobs: recommendation.knobs,
    partial: recommendation.partial,
    simulated: run.simulated === true || PROVIDERS[provider].simulated,
    maxContextValues: sweptContexts(run, trials),
    keys: PROVIDERS[provider].config.keys,
  };
}

/**
 * Number of context caps that were asked for and measured. The incumbent's own cap is a cell of every run and sweeps nothing;
 * a run without stored axes (of another program) counts what it measured.
 */
function sweptContexts(
  run: Pick<RunRow, "inputs_json">,
  trials: readonly Pick<TrialRow, "stage" | "max_context_cap" | "visits_n">[],
): number {
  const asked = askedSchema.safeParse(run.inputs_json);
  const rows = trials.filter((trial) => trial.stage === 2 && trial.max_context_cap !== null);
  const measured = new Set(rows.map((trial) => trial.max_context_cap));
  if (!asked.success) return measured.size;
  return new Set((asked.data.axes.max_context ?? []).filter((cap) => measured.has(cap))).size;
}
