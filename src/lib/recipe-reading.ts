// What Current Recipe reads: what is in force for each config, the newest recipe where it is not, and what was applied before.
// Source: contract §12, §14.
import type { ApplicationRow, ApplicationStepRow, RunRow, TrialRow } from "../../worker/core/read-model.ts";
import type { Readers } from "../../worker/core/readers.ts";
import { newestRecipe, recipeOf, type KnownRecipe } from "./recipe-newest.ts";

/** Applications of the past that are listed. */
const LISTED = 20;

export interface Measured extends KnownRecipe {
  /** The winner's own row, with its interval; null in rows of other programs. */
  kept: TrialRow | null;
}

export interface Applied {
  application: ApplicationRow;
  steps: ApplicationStepRow[];
  /** null where the run was deleted. */
  measured: Measured | null;
}

export interface CurrentRecipes {
  /** One per config file. */
  inForce: Applied[];
  /** The newest recipe, if it is not the one in force. */
  notApplied: Measured | null;
  /** Newest first. */
  before: Applied[];
}

export function readCurrentRecipes(readers: Readers): CurrentRecipes {
  const all = readers.applications();
  const applied = (application: ApplicationRow): Applied => ({
    application,
    steps: readers.applicationSteps(application.id),
    measured: measuredBy(readers.runById(application.run_id), readers),
  });
  const inForce = all.filter(({ is_current }) => is_current);
  const newest = newestRecipe(readers);
  const isInForce = newest !== null && inForce.some(({ run_id }) => run_id === newest.run.run_id);
  return {
    inForce: inForce.map(applied),
    notApplied: newest === null || isInForce ? null : measuredBy(newest.run, readers),
    before: all
      .filter(({ is_current }) => !is_current)
      .slice(0, LISTED)
      .map(applied),
  };
}

function measuredBy(run: RunRow | null, readers: Readers): Measured | null {
  const known = run === null ? null : recipeOf(run);
  if (known === null) return null;
  const { kept_trial_id: id } = known.run;
  return { ...known, kept: id === null ? null : readers.trial(id) };
}
