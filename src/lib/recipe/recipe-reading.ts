// What Current Recipe reads: what was applied last to each config, the newest recipe where that is another, and what was applied before.
import type { ApplicationRow, ApplicationStepRow, RunRow, TrialRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { newestRecipe, recipeOf, type KnownRecipe } from "../../../worker/core/runs/newest-recipe.ts";

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
  /** One per config file; what the file holds by now is not known here. */
  latest: Applied[];
  /** The newest recipe, if it is none of them. */
  notApplied: Measured | null;
  /** Newest first. */
  before: Applied[];
  /** When it was read. */
  nowMs: number;
}

export function readCurrentRecipes(readers: Readers): CurrentRecipes {
  const all = readers.applications();
  const applied = (application: ApplicationRow): Applied => ({
    application,
    steps: readers.applicationSteps(application.id),
    measured: measuredBy(readers.runById(application.run_id), readers),
  });
  const latest = all.filter(({ is_current }) => is_current);
  const newest = newestRecipe(readers);
  const isApplied = newest !== null && latest.some(({ run_id }) => run_id === newest.run.run_id);
  return {
    latest: latest.map(applied),
    notApplied: newest === null || isApplied ? null : measuredBy(newest.run, readers),
    before: all
      .filter(({ is_current }) => !is_current)
      .slice(0, LISTED)
      .map(applied),
    nowMs: Date.now(),
  };
}

function measuredBy(run: RunRow | null, readers: Readers): Measured | null {
  const known = run === null ? null : recipeOf(run);
  if (known === null) return null;
  const { kept_trial_id: id } = known.run;
  return { ...known, kept: id === null ? null : readers.trial(id) };
}
