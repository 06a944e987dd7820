// From what was measured to the recommendation: the search's winner, or Stage 1's own measurement where Stage 2 has none.
import { basename } from "node:path";
import type { RunContext } from "../context.ts";
import { figuresOf, inTrial, type RecipeValues } from "../core/measure/figure-lists.ts";
import { visitFigures } from "../core/measure/figures.ts";
import { DEFAULT_KNOBS, type Knobs } from "../core/knobs.ts";
import type { TrialFigures } from "../core/measure/measurement.ts";
import { trainedForLess } from "../core/models/model-config.ts";
import { type Recommendation } from "../core/result/recipe.ts";
import type { Chosen } from "./stage1.ts";
import type { Stage2State } from "./stage2.ts";
import { shellCommand } from "../core/text/shell-words.ts";

/** Choose, mark the trial as kept, and describe it. @returns null if the measured figures are incomplete. */
export function recommend(
  ctx: RunContext,
  chosen: Chosen,
  stage2: Stage2State,
  partial: boolean,
): Recommendation | null {
  const winner = stage2.outcome?.winner ?? null;
  const visits = winner === null ? undefined : stage2.visits.get(winner);
  const picked = visits
    ? {
        knobs: visits[0]?.knobs ?? DEFAULT_KNOBS,
        figures: visitFigures(visits),
        trialId: stage2.trialIds.get(winner ?? -1),
      }
    : { knobs: DEFAULT_KNOBS, figures: chosen.figures, trialId: chosen.trialId };
  const { figures } = picked;
  const values = recipeValues(figures);
  if (values === null) return null;
  if (picked.trialId !== undefined) ctx.journal.kept(picked.trialId);
  const sure = sureness(stage2, visits !== undefined);
  const untrained = trainedForLess(chosen.weights?.trainedPositions ?? null, ctx.inputs.targetContext);
  return {
    ...describe(ctx, chosen, picked.knobs, { ...values, replicates: figures.replicates }),
    ...sure,
    findings: untrained === null ? sure.findings : [untrained, ...sure.findings],
    partial,
  };
}

/** What the table has a recipe say; null if one is missing that must not. */
function recipeValues(figures: TrialFigures): RecipeValues | null {
  const told = figuresOf("recipe").map(({ recipe, trial }) => ({ recipe, value: trial && inTrial(trial, figures) }));
  if (told.some(({ recipe, value }) => value === null && !recipe.nullable)) return null;
  return Object.fromEntries(told.map(({ recipe, value }) => [recipe.key, value])) as RecipeValues;
}

function describe(ctx: RunContext, chosen: Chosen, knobs: Knobs, measured: RecipeValues & { replicates: number }) {
  const { candidate, weights } = chosen;
  const serve = ctx.provider.serveCommand({
    program: basename(ctx.binary.command.at(-1) ?? ""),
    model: candidate.id,
    knobs,
    targetContext: ctx.inputs.targetContext,
    memoryBytes: ctx.memoryBytes,
    weightBytes: weights?.tensorBytes ?? null,
    kvBytesPerToken: weights?.kvBytesPerToken ?? null,
  });
  return {
    model: candidate.id,
    target_context: ctx.inputs.targetContext,
    knobs,
    ...measured,
    serve_command: shellCommand(serve),
  };
}

function sureness(
  stage2: Stage2State,
  fromStage2: boolean,
): Pick<Recommendation, "uplift" | "reason" | "findings" | "thermally_unstable" | "drift"> {
  const outcome = stage2.outcome;
  const uplift = outcome?.uplift ?? null;
  const against = uplift === null ? undefined : stage2.visits.get(uplift.against)?.[0]?.knobs;
  return {
    uplift:
      uplift && against && fromStage2
        ? { against, ratio: uplift.ratio, interval: uplift.interval, confirmed: uplift.confirmed }
        : null,
    reason: fromStage2 ? (outcome?.reason ?? "") : withoutStage2(stage2),
    findings: outcome?.findings ?? [],
    thermally_unstable: outcome?.thermallyUnstable ?? false,
    drift: outcome?.drift ?? null,
  };
}

function withoutStage2(stage2: Stage2State): string {
  const why = stage2.visits.size === 0 ? "the run ended before any knob was measured" : "no setting of the knobs fits";
  return `${why}, so the provider's defaults stand as Stage 1 measured them`;
}
