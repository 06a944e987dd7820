// Copies finished visits of a dead run into the run that takes it up, marked with the run that measured them.
// Source: contract §15 (resume).
import type { Db } from "./schema/db.ts";
import { insertRow } from "./rows.ts";

type Row = Record<string, string | number | null>;
/** What other programs added to our tables under odd names stays behind. */
const OUR_NAMES = /^[a-z][a-z0-9_]*$/;

/** Id of each copied trial, by the id of its original. */
export type CopiedTrials = ReadonlyMap<number, number>;

/**
 * Copy visits with their replicates and trials. Call it inside a transaction.
 * @param visitIds finished visits of `from`, in the order in which they ended; a trial gets only those of its visits
 */
export function copyVisits(db: Db, from: string, to: string, visitIds: readonly number[]): CopiedTrials {
  const trials = new Map<number, number>();
  for (const visit of visitIds.map((id) => one(db, "tune_visits", id))) {
    const original = Number(visit["trial_id"]);
    const trialId = trials.get(original) ?? copyTrial(db, from, to, original);
    trials.set(original, trialId);
    const visitId = insertRow(db, "tune_visits", {
      ...without(visit, "id"),
      trial_id: trialId,
      taken_over_from: visit["taken_over_from"] ?? from,
    });
    const replicates = db.prepare<[number], Row>("SELECT * FROM tune_replicates WHERE visit_id = ? ORDER BY ordinal");
    for (const replicate of replicates.all(Number(visit["id"])))
      insertRow(db, "tune_replicates", { ...without(replicate, "id"), visit_id: visitId });
  }
  return trials;
}

/** Only the run that has a winner marks one. */
function copyTrial(db: Db, from: string, to: string, id: number): number {
  const trial = one(db, "tune_trials", id);
  const marks = { run_id: to, state: "done", kept: 0, taken_over_from: trial["taken_over_from"] ?? from };
  return insertRow(db, "tune_trials", { ...without(trial, "id"), ...marks });
}

function one(db: Db, table: "tune_trials" | "tune_visits", id: number): Row {
  const row = db.prepare<[number], Row>(`SELECT * FROM ${table} WHERE id = ?`).get(id);
  if (row === undefined) throw new RangeError(`${table} has no row ${id}`);
  return row;
}

function without(row: Row, column: string): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== column && OUR_NAMES.test(name)));
}
