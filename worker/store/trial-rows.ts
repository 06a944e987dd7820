// How trials, visits and replicates become rows. Source: contract §11; kv_bits unset is NULL (contract §10).
import type { NewTrial, VisitConditions } from "../context.ts";
import { KNOB_ROWS, type KnobColumn, type Knobs } from "../core/knobs.ts";
import type { FigureOfReplicate } from "../core/measure/figure.ts";
import { figuresOf, inReplicate, inTrial, storedFigures } from "../core/measure/figure-lists.ts";
import type { ServerStart } from "../core/measure/visit-times.ts";
import type { Misfit, Replicate, TrialFigures, Visit } from "../core/measure/measurement.ts";
import type { Belief } from "../core/search/belief.ts";
import type { NumberSieve } from "./numbers.ts";

/** Values of a tune_trials row when its first visit begins. */
export function newTrialRow(runId: string, trial: NewTrial, nowUtc: string) {
  return {
    ts_utc: nowUtc,
    run_id: runId,
    stage: trial.stage,
    position: trial.position,
    model: trial.model,
    model_revision: trial.modelRevision ?? null,
    // Tables of older programs have no defaults for these.
    fits: 0,
    n_err: 0,
    kept: 0,
    target_context: trial.targetContext,
    max_tokens: trial.maxTokens,
    ...columnsOf(trial.knobs),
    knobs_json: knobsKey(trial.knobs),
  };
}

/** Equal text for equal knobs: keys sorted, a flag that is left out and one that is null being the same. */
export function knobsKey(knobs: Knobs): string {
  const told = KNOB_ROWS.filter(([key, { inOldKeys }]) => inOldKeys || (knobs[key] ?? null) !== null);
  const values = told.map(([key]) => [key, knobs[key] ?? null] as const);
  return JSON.stringify(Object.fromEntries(values.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The knobs that have a column of their own. */
function columnsOf(knobs: Knobs): Record<KnobColumn, number | null> {
  const columns = KNOB_ROWS.flatMap(([key, { column }]) => (column === null ? [] : [[column, knobs[key] ?? null]]));
  return Object.fromEntries(columns) as Record<KnobColumn, number | null>;
}

/** Values that a tune_trials row gets after a visit. */
export function figuresRow(figures: TrialFigures, sieve: NumberSieve) {
  return {
    measured_prompt_tokens: sieve.take("measured_prompt_tokens", figures.measuredPromptTokens),
    ...trialColumnsOf(figures, sieve),
    fits: figures.fits ? 1 : 0,
    n_err: sieve.take("n_err", figures.errors) ?? 0,
    replicates_n: sieve.take("replicates_n", figures.replicates),
    notes: notesText(figures.misfit, figures.notes),
    ...misfitColumns(figures.misfit),
  };
}

function trialColumnsOf(figures: TrialFigures, sieve: NumberSieve): Record<string, number | null> {
  const values = figuresOf("trial").flatMap(({ trial }): [string, number | null | undefined][] => [
    [trial.column, inTrial(trial, figures)],
    ...(trial.interval ?? []).map((column, end): [string, number | undefined] => [column, figures.interval?.[end]]),
  ]);
  return Object.fromEntries(values.map(([column, value]) => [column, sieve.take(column, value)]));
}

/** Programs that know only the contract's columns find the reason in the notes, so it leads them. */
function notesText(misfit: Misfit | null, notes: string[]): string | null {
  const lines = misfit === null ? notes : [misfit.reason, ...notes.filter((note) => note !== misfit.reason)];
  return lines.length === 0 ? null : lines.join("\n");
}

/** Values of a tune_visits row. */
export function visitRow(trialId: number, visit: Visit, nowUtc: string, sieve: NumberSieve) {
  return {
    trial_id: trialId,
    ended_at_utc: nowUtc,
    load_ms: sieve.take("load_ms", visit.loadMs),
    prompt_tokens: sieve.take("prompt_tokens", visit.promptTokens),
    ...misfitColumns(visit.misfit),
    notes_json: JSON.stringify(visit.notes),
  };
}

/** Values of a tune_visits row that tell when and on what it measured. */
export function conditionsRow(conditions: VisitConditions | undefined, sieve: NumberSieve) {
  const scale = conditions?.promptScale ?? null;
  return {
    elapsed_s: sieve.take("elapsed_s", conditions?.elapsedSeconds),
    wall_ms: sieve.take("wall_ms", conditions?.wallMs),
    nonce_set: conditions?.nonceSet ?? null,
    prompt_scale_json: scale === null ? null : sieve.json("prompt_scale", scale),
    ...startColumns(conditions?.start ?? null),
  };
}

const startColumns = (start: ServerStart | null) =>
  start === null ? { start_no: null, start_kept: null } : { start_no: start.number, start_kept: start.kept ? 1 : 0 };

/** Value of a tune_visits row that tells what the search believed after it. */
export const beliefRow = (belief: Belief | null, sieve: NumberSieve) => ({
  belief_json: belief === null ? null : sieve.json("belief", belief),
});

/** Values of a tune_replicates row. */
export function replicateRow(visitId: number, ordinal: number, replicate: Replicate, sieve: NumberSieve) {
  const common = {
    visit_id: visitId,
    ordinal,
    state: replicate.state,
    started_at_ms: sieve.take("started_at_ms", replicate.startedAtMs),
    requests_json: sieve.json("requests", replicate.requests),
  };
  const timed = (told: (figure: FigureOfReplicate) => number | null) =>
    Object.fromEntries(
      storedFigures().map(({ replicate: figure }) => [figure.column, sieve.take(figure.column, told(figure))]),
    );
  const untimed = { ...timed(() => null), chunk_times_json: null };
  switch (replicate.state) {
    case "ok":
      return {
        ...common,
        ...timed((figure) => inReplicate(figure, replicate)),
        chunk_times_json: sieve.json("chunk time", replicate.chunkTimesMs),
        ...misfitColumns(null),
      };
    case "misfit":
      return { ...common, ...untimed, ...misfitColumns(replicate.misfit) };
    case "invalid":
      return { ...common, ...untimed, misfit_class: null, reason: replicate.reason };
  }
}

function misfitColumns(misfit: Misfit | null) {
  return { misfit_class: misfit?.class ?? null, reason: misfit?.reason ?? null };
}
