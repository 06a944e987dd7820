// What the tool explain-recipe answers: model, knobs, figures with intervals, why, and what every loser was measured at. Pure.
import { candidateVerdicts, type CandidateVerdict } from "../../../worker/core/runs/candidate-verdicts.ts";
import { AutotuneError } from "../../../worker/core/errors.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import { figuresOf, inRecipe } from "../../../worker/core/measure/figure-lists.ts";
import { spokenValue } from "../../../worker/core/measure/figure.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import type { Recommendation } from "../../../worker/core/result/recipe.ts";
import type { ApplicationRow, RunRow, TrialRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { storedResult } from "../../../worker/core/runs/stored-result.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import type { Seen } from "../recipe/config-seen.ts";
import { newestRecipe, recipeOf } from "../../../worker/core/runs/newest-recipe.ts";
import { OFFER_TUNE } from "./recipe-tool-input.ts";
import { appliedFacts } from "./recipe-tool-status.ts";

export interface ExplainedRun {
  run: RunRow;
  trials: TrialRow[];
  /** Its recipe as it was applied last, one per config. */
  applied: ApplicationRow[];
}

/** @param runId an id or its beginning; null = the newest run with a recipe. @returns the reason if there is none */
export function readExplained(readers: Readers, runId: string | null): ExplainedRun | Error {
  try {
    const run = runId === null ? newestRecipe(readers)?.run : readers.run(runId);
    if (run === undefined) return new Error(`No run has found a recipe yet. ${OFFER_TUNE}`);
    const applied = readers.applications(run.run_id).filter(({ is_current }) => is_current);
    return { run, trials: readers.trials(run.run_id), applied };
  } catch (error) {
    // Not thrown: that would be told as a database that cannot be read.
    if (error instanceof AutotuneError && error.code === "not_found") return error;
    throw error;
  }
}

/** Whether it can hold on this Mac at all. */
export const hasRecipe = ({ run }: ExplainedRun): boolean => recipeOf(run) !== null;

/**
 * @param holds null = it could not be found out, for the reason of `unknown`
 * @param seen what the configs hold now, by the application's number
 */
export function explainRun(
  { run, trials, applied }: ExplainedRun,
  { holds, unknown, seen }: { holds: Freshness | null; unknown: string; seen: ReadonlyMap<number, Seen> },
): object {
  const result = storedResult(run);
  const recipe = result?.recommendation ?? null;
  return {
    run_id: run.run_id,
    measured_at_utc: run.ended_at_utc,
    exit_reason: run.exit_reason,
    exit_detail: run.exit_detail,
    simulated: run.simulated === true,
    context_tokens: run.target_context,
    recipe: recipe && {
      model: recipe.model,
      knobs: recipe.knobs,
      ...figures(trials.find(({ id }) => id === run.kept_trial_id) ?? null),
      ...spokenFigures(recipe),
      replicates: recipe.replicates,
      why: recipe.reason,
      uplift: recipe.uplift && {
        percent: Math.round(recipe.uplift.ratio * 1000) / 10,
        interval_percent: recipe.uplift.interval?.map((bound) => Math.round(bound * 1000) / 10) ?? null,
        against: cellName(recipe.uplift.against),
        confirmed: recipe.uplift.confirmed,
      },
      partial: recipe.partial,
      knobs_without_measurable_difference: recipe.findings,
      thermally_unstable: recipe.thermally_unstable,
      serve_command: recipe.serve_command,
      recipe_hash: run.recipe_hash,
    },
    rejected_candidates: candidateVerdicts(run, result, trials)
      .filter(({ verdict }) => verdict === "infeasible")
      .map((candidate) => rejectedFacts(candidate, run)),
    not_probed_smaller_models: result?.alternates ?? [],
    other_cells: trials.filter((trial) => trial.stage === 2 && trial.id !== run.kept_trial_id).map(cellFacts),
    holds_on_this_mac: recipe && holdsFacts(holds, unknown),
    applied: applied.map((one) => appliedFacts(one, seen.get(one.id))),
  };
}

function figures(kept: TrialRow | null): object {
  return { throughput_interval_tokens_per_second: intervalOf(kept) };
}

const spokenFigures = (recipe: Recommendation): object =>
  Object.fromEntries(
    figuresOf("recipe").map((figure) => [figure.spoken, spokenValue(figure, inRecipe(figure.recipe, recipe))]),
  );

const holdsFacts = (holds: Freshness | null, unknown: string): object =>
  holds === null ? { state: "unknown", why: unknown } : { state: holds.state, differences: holds.differences };

/** The reason names the measured value and the limit, whatever they are of. */
function rejectedFacts({ rank, model, reason, trial }: CandidateVerdict, run: RunRow): object {
  return {
    rank,
    model,
    reason,
    class: trial?.misfit_class ?? null,
    measured_ttft_p95_ms: spokenValue(FIGURES.ttft_p95_ms, trial?.ttft_p95_ms ?? null),
    limit_ttft_ms: run.gate_ttft_ms,
  };
}

const intervalOf = (trial: TrialRow | null): (number | null)[] | null =>
  trial?.interval_low == null || trial.interval_high == null
    ? null
    : [spokenValue(FIGURES.tps, trial.interval_low), spokenValue(FIGURES.tps, trial.interval_high)];

function cellFacts(trial: TrialRow): object {
  return {
    cell: trial.knobs_json === null ? null : cellName(trial.knobs_json),
    fits: trial.fits,
    [FIGURES.tps.spoken]: spokenValue(FIGURES.tps, trial.agg_throughput_tps),
    throughput_interval_tokens_per_second: intervalOf(trial),
    [FIGURES.ttft_p95_ms.spoken]: spokenValue(FIGURES.ttft_p95_ms, trial.ttft_p95_ms),
    replicates: trial.replicates_n,
    reason: trial.reason,
  };
}
