// One run with everything that hangs on it, as a document without row ids: what `export` writes and `import` takes back.
// Columns are those of the tables as they are, so that a later migration's columns travel too. Source: contract §15, §11.
import * as z from "zod";
import { columnsOf, type ColumnInfo } from "./schema/contract-tables.ts";
import type { Db } from "./schema/db.ts";
import { insertRow } from "./rows.ts";

export const DOCUMENT_FORMAT = "mlx-autotune run";
/** Grows when an older program could no longer read what is written. */
export const DOCUMENT_VERSION = 1;

type Value = string | number | null;
type Row = Record<string, Value>;

export interface RunDocument {
  format: typeof DOCUMENT_FORMAT;
  version: typeof DOCUMENT_VERSION;
  /** tune_runs. */
  run: Row;
  /** tune_trials in the order in which they began, with tune_visits and tune_replicates. */
  trials: { trial: Row; visits: { visit: Row; replicates: Row[] }[] }[];
  /** tune_phases and tune_notes, in order. */
  phases: Row[];
  notes: Row[];
}

/** Columns that name rows of one file: they are given anew where a document is inserted. */
const KEYS: Record<string, string[]> = {
  tune_runs: [],
  tune_trials: ["id", "run_id"],
  tune_visits: ["id", "trial_id"],
  tune_replicates: ["id", "visit_id"],
  tune_phases: ["id", "run_id"],
  tune_notes: ["id", "run_id"],
};

/**
 * Read a run.
 * @param known columns of the file that it will go to, for sources with columns of their own; all of this file's by default
 * @returns null if it has neither a row nor trials
 */
export function readRunDocument(db: Db, runId: string, known: Db = db): RunDocument | null {
  const rows = (table: string, key: string, value: Value): (Row & { id: number })[] =>
    db.prepare<[Value], Row & { id: number }>(`SELECT * FROM ${table} WHERE ${key} = ? ORDER BY rowid`).all(value);
  const plain = (table: string, row: Row) => pick(row, columnNames(known, table));
  const run = db.prepare<[string], Row>("SELECT * FROM tune_runs WHERE run_id = ?").get(runId);
  const trials = rows("tune_trials", "run_id", runId);
  if (run === undefined && trials.length === 0) return null;
  return {
    format: DOCUMENT_FORMAT,
    version: DOCUMENT_VERSION,
    run: plain("tune_runs", run ?? rowFromTrials(runId, trials)),
    trials: trials.map((trial) => ({
      trial: plain("tune_trials", trial),
      visits: rows("tune_visits", "trial_id", trial.id).map((visit) => ({
        visit: plain("tune_visits", visit),
        replicates: rows("tune_replicates", "visit_id", visit.id).map((row) => plain("tune_replicates", row)),
      })),
    })),
    phases: rows("tune_phases", "run_id", runId).map((row) => plain("tune_phases", row)),
    notes: rows("tune_notes", "run_id", runId).map((row) => plain("tune_notes", row)),
  };
}

/** Prototypes wrote trials only: a run without its row would never be listed. What the trials do not tell stays NULL. */
function rowFromTrials(runId: string, trials: Row[]): Row {
  const times = trials.map((trial) => trial["ts_utc"]).filter((time) => typeof time === "string");
  const models = [...new Set(trials.map((trial) => trial["model"]))].filter((model) => typeof model === "string");
  return {
    run_id: runId,
    started_at_utc: times[0] ?? null,
    ended_at_utc: times.at(-1) ?? null,
    target_context: trials[0]?.["target_context"] ?? null,
    candidate_models_json: JSON.stringify(models),
    applied: 0,
  };
}

/** Insert a checked document; call it inside a transaction. */
export function insertRunDocument(db: Db, document: RunDocument): void {
  const { run, trials, phases, notes } = document;
  const runId = run["run_id"] ?? null;
  insertRow(db, "tune_runs", run);
  const visits = trials.flatMap((one) => {
    const trialId = insertRow(db, "tune_trials", { ...one.trial, run_id: runId });
    return one.visits.map(({ visit, replicates }) => ({ visit: { ...visit, trial_id: trialId }, replicates }));
  });
  // Ids grow in the order in which visits ended, over all trials: who leads and what drifts is told by that.
  for (const { visit, replicates } of visits.toSorted((a, b) => endOf(a.visit).localeCompare(endOf(b.visit)))) {
    const visitId = insertRow(db, "tune_visits", visit);
    for (const replicate of replicates) insertRow(db, "tune_replicates", { ...replicate, visit_id: visitId });
  }
  for (const phase of phases) insertRow(db, "tune_phases", { ...phase, run_id: runId });
  for (const note of notes) insertRow(db, "tune_notes", { ...note, run_id: runId });
}

const endOf = (visit: Row): string => String(visit["ended_at_utc"]);

/** Names a folder of logs, too: nothing but what one of ours consists of. */
export const RUN_ID = /^[A-Za-z0-9][\w.:-]{0,199}$/;

/** The shape of a document for this file: every column by its declared type, nothing else. */
export function runDocumentSchema(db: Db): z.ZodType<RunDocument> {
  const row = (table: string) => rowSchema(db, table);
  const run = row("tune_runs").extend({ run_id: z.string().regex(RUN_ID, "is no run id") });
  return z.strictObject({
    format: z.literal(DOCUMENT_FORMAT),
    version: z.literal(DOCUMENT_VERSION),
    run,
    trials: z.array(
      z.strictObject({
        trial: row("tune_trials"),
        visits: z.array(z.strictObject({ visit: row("tune_visits"), replicates: z.array(row("tune_replicates")) })),
      }),
    ),
    phases: z.array(row("tune_phases")),
    notes: z.array(row("tune_notes")),
  }) as unknown as z.ZodType<RunDocument>;
}

/** A column may be left out where the table has something to put there: files of an older version. */
function rowSchema(db: Db, table: string): z.ZodObject {
  const keys = KEYS[table] ?? [];
  const columns = columnsOf(db, table).filter(({ name }) => !keys.includes(name));
  return z.strictObject(Object.fromEntries(columns.map((column) => [column.name, valueSchema(column)])));
}

function valueSchema({ type, notnull, dflt_value }: ColumnInfo): z.ZodType {
  const value = type === "TEXT" ? z.string() : z.number();
  const nullable = notnull === 1 ? value : value.nullable();
  return notnull === 1 && dflt_value === null ? nullable : nullable.optional();
}

function columnNames(db: Db, table: string): string[] {
  return columnsOf(db, table)
    .map(({ name }) => name)
    .filter((name) => !(KEYS[table] ?? []).includes(name));
}

function pick(row: Row, names: string[]): Row {
  return Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, row[name] ?? null]));
}
