// What the root search shows beside a command's name. It stays there when the command is closed, so the view says when it was true.
// Source: contract §14 (status in the root search subtitle).
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import { shortModel } from "../../../worker/core/units.ts";
import { activeEta, activeWhere } from "../../../worker/core/runs/active-progress.ts";
import { shortProgress } from "./run-progress.ts";
import { lastRecipe, type RunSummary } from "./run-summary.ts";
import { clockText } from "../ui/date-text.ts";

/** "Qwen2.5-7B · 41.8 tok/s"; null while there is no recipe. @param runs newest first */
export function recipeSubtitle(runs: RunSummary[]): string | null {
  const newest = lastRecipe(runs);
  const recipe = newest?.recipe ?? null;
  if (newest === null || recipe === null) return null;
  const simulated = newest.run.simulated ? " (simulated)" : "";
  return `${shortModel(recipe.model)} · ${recipe.tps_median.toFixed(1)} tok/s${simulated}`;
}

/** For a command that looks again by itself: "42 % · ETA 12 min". */
export const liveSubtitle = (active: ActiveRow): string => shortProgress(active);

/** For a view that does not: "42 % at 14:02 · ETA 12 min". */
export function datedSubtitle(active: ActiveRow, nowMs: number): string {
  const eta = activeEta(active);
  return [
    `${activeWhere(active) ?? "Tuning"} at ${clockText(new Date(nowMs))}`,
    ...(eta === null ? [] : [`ETA ${eta}`]),
  ].join(" · ");
}
