// How a trial is called and its interval read, also in rows of other programs. Source: contract §11 (columns of tune_trials).
import { shortModel } from "../units.ts";
import { cellName, DEFAULT_KNOBS, forKnobs, type KnobColumn, type Knobs, knobsOf, setKnobs } from "../knobs.ts";
import { intervalIn } from "../measure/figure-lists.ts";
import { FIGURES } from "../measure/figure-table.ts";
import type { ActiveRow, RunRow, TrialRow } from "./read-model.ts";

/** Name a trial: its cell, or its model where that is what was compared. */
export function trialName(trial: TrialRow): string {
  if (trial.stage === 1) return trial.model === null ? "unknown model" : shortModel(trial.model);
  return cellName(knobsOfTrial(trial));
}

/**
 * What is set in the cell that the active run is at: "batch 1 · context 2000"; null where nothing is, or there is no cell yet.
 * @param run its row: the cells of Stage 2 stand in it. A cell that is not among them is told by its name.
 */
export function activeCell({ cell }: Pick<ActiveRow, "cell">, run: Pick<RunRow, "cells_json"> | null): string | null {
  const known = [DEFAULT_KNOBS, ...(run?.cells_json ?? []).map(({ knobs }) => knobs)];
  const knobs = known.find((one) => cellName(one) === cell);
  return knobs === undefined ? cell : setKnobs(knobs);
}

/** Of a row of another program, what its columns say; a value that no knob of ours has counts as unset. */
export function knobsOfTrial(trial: Pick<TrialRow, "knobs_json"> & Partial<Record<KnobColumn, unknown>>): Knobs {
  if (trial.knobs_json !== null) return trial.knobs_json;
  return knobsOf(forKnobs(({ column, value }) => value.safeParse(column && trial[column as KnobColumn]).data ?? null));
}

/** Both ends of the stored 95 % interval, tokens/s; null if one is missing. */
export function intervalOf(trial: TrialRow): [number, number] | null {
  return intervalIn(FIGURES.tps.trial, trial);
}
