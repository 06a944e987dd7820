// What a run must leave behind so that another can resume where it died, and what marks what was carried over.
// Source: contract §15 (resume).
import { addColumns } from "./contract-tables.ts";
import type { Db } from "./db.ts";

const RUN_COLUMNS = [
  // The run that this one resumed; NULL if it began anew.
  ["resumed_from", "TEXT"],
  // Boot of the machine, of platform/processes/boot-id.ts; figures of another boot are not carried over.
  ["boot_id", "TEXT"],
  // Cells of Stage 2 in their order, with the incumbent: the search can only be replayed over the same ones.
  ["cells_json", "TEXT"],
] as const;

const VISIT_COLUMNS = [
  // Run that measured it; NULL = this one.
  ["taken_over_from", "TEXT"],
  // Seconds of the run's time limit that were used up when it ended, those of the run that was resumed included.
  ["elapsed_s", "REAL"],
  // ms from before the start to after the stop.
  ["wall_ms", "REAL"],
  // Names the prompts that it was asked with.
  ["nonce_set", "INTEGER"],
  // Length of prompts as the model counts them, as it was known at the visit's end.
  ["prompt_scale_json", "TEXT"],
] as const;

/** Add the columns; a trial is marked as well, so that readers of tune_trials alone see it. */
export function addResumeColumns(db: Db): void {
  addColumns(db, "tune_runs", RUN_COLUMNS);
  addColumns(db, "tune_trials", [["taken_over_from", "TEXT"]]);
  addColumns(db, "tune_visits", VISIT_COLUMNS);
}
