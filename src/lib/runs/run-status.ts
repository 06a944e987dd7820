// What the menu bar shows, read in one transaction: of all runs only the one with the newest recipe, as it is read every minute all day.
// Source: contract §11 (views only), §14.
import { activeCell } from "../../../worker/core/runs/trial-name.ts";
import { newestRecipe } from "../../../worker/core/runs/newest-recipe.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { applicationAlarms } from "../../../worker/core/runs/stuck-recipe.ts";
import { alarmsOf, type RunAlarm } from "./run-alarms.ts";
import { isGone } from "./run-alive.ts";
import type { RunSummary } from "./run-summary.ts";

export interface RunStatus {
  active: ActiveRow | null;
  /** What is set in the cell that it is at; null where nothing is. */
  cell: string | null;
  alarms: RunAlarm[];
  /** The run of the newest recipe. */
  last: RunSummary | null;
  /** When it was read. */
  nowMs: number;
}

export function readRunStatus(readers: Readers): RunStatus {
  const active = readers.activeRun();
  return {
    active,
    cell: active === null ? null : activeCell(active, readers.runById(active.run_id)),
    alarms: alarmsOf(readers.drains(), applicationAlarms(readers), active, isGone),
    last: lastRun(readers),
    nowMs: Date.now(),
  };
}

function lastRun(readers: Readers): RunSummary | null {
  const known = newestRecipe(readers);
  if (known === null) return null;
  const application = readers.applications(known.run.run_id).find((one) => one.is_current) ?? null;
  return { ...known, application, config: null, active: null };
}

/** Nothing to look at and nothing to do. */
export const isIdle = ({ active, alarms }: Pick<RunStatus, "active" | "alarms">): boolean =>
  active === null && alarms.length === 0;
