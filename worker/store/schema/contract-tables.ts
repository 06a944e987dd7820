// Brings tune_runs and tune_trials to the contract's columns, in a new file or in one that another program made.
// Only adds and loosens: rows, indexes and columns that are already there stay.
import { AutotuneError } from "../../core/errors.ts";
import type { Db } from "./db.ts";

interface Table {
  name: string;
  /** null = any will do, and a table that is there need not have our key column. */
  primaryKey: string | null;
  /** Name and definition, in the contract's order; our own columns follow in later steps. */
  columns: readonly (readonly [name: string, definition: string])[];
}

const RUNS: Table = {
  name: "tune_runs",
  primaryKey: "run_id",
  columns: [
    ["run_id", "TEXT PRIMARY KEY NOT NULL"],
    ["started_at_utc", "TEXT"],
    ["ended_at_utc", "TEXT"],
    ["spec_version", "TEXT"],
    ["binary_version", "TEXT"],
    ["machine_ram_gb", "INTEGER"],
    ["machine_chip", "TEXT"],
    ["machine_os_version", "TEXT"],
    ["target_context", "INTEGER"],
    ["candidate_models_json", "TEXT"],
    ["stage1_replicates", "INTEGER"],
    ["stage2_replicates", "INTEGER"],
    ["gate_ttft_ms", "INTEGER"],
    ["tps_tie_epsilon", "REAL"],
    ["recommendation_json", "TEXT"],
    ["recipe_hash", "TEXT"],
    ["applied", "INTEGER NOT NULL DEFAULT 0"],
    ["exit_reason", "TEXT"],
  ],
};

const TRIALS: Table = {
  name: "tune_trials",
  primaryKey: "id",
  columns: [
    ["id", "INTEGER PRIMARY KEY AUTOINCREMENT"],
    ["ts_utc", "TEXT"],
    ["run_id", "TEXT"],
    ["stage", "INTEGER NOT NULL DEFAULT 1"],
    ["model", "TEXT"],
    ["target_context", "INTEGER"],
    ["measured_prompt_tokens", "INTEGER"],
    ["max_tokens", "INTEGER"],
    ["agg_throughput_tps", "REAL"],
    ["ttft_p95_ms", "REAL"],
    ["fits", "INTEGER NOT NULL DEFAULT 0"],
    ["n_err", "INTEGER NOT NULL DEFAULT 0"],
    ["kept", "INTEGER NOT NULL DEFAULT 0"],
    ["notes", "TEXT"],
    ["kv_bits", "INTEGER"],
    ["max_context_cap", "INTEGER"],
    ["max_batch", "INTEGER"],
    ["replicates_n", "INTEGER"],
  ],
};

/**
 * Create both tables, or complete the ones that are there.
 * @throws AutotuneError config_error if a table has another primary key than the contract's
 */
export function adoptContractTables(db: Db): void {
  for (const table of [RUNS, TRIALS]) adopt(db, table);
  db.exec("CREATE INDEX IF NOT EXISTS idx_tune_trials_run_id ON tune_trials(run_id)");
}

/** Create a table, or complete and loosen the one that is there. */
export function adopt(db: Db, table: Table): void {
  const found = columnsOf(db, table.name);
  if (found.length === 0) {
    db.exec(`CREATE TABLE ${table.name} (${table.columns.map((column) => column.join(" ")).join(", ")})`);
    return;
  }
  requirePrimaryKey(table, found);
  // SQLite adds no primary keys.
  const addable = table.columns.filter(([, definition]) => !definition.includes("PRIMARY KEY"));
  addColumns(db, table.name, addable);
  // A run that is still going has no exit reason or machine yet, and older tables demand both.
  for (const column of found) {
    if (column.notnull === 1 && column.pk === 0 && column.dflt_value === null)
      db.exec(`ALTER TABLE ${table.name} ALTER COLUMN ${quoted(column.name)} DROP NOT NULL`);
  }
}

/** Add the columns that a table lacks. */
export function addColumns(db: Db, table: string, columns: Table["columns"]): void {
  const present = new Set(columnsOf(db, table).map((column) => column.name.toLowerCase()));
  for (const [name, definition] of columns) {
    if (!present.has(name)) db.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`);
  }
}

export interface ColumnInfo {
  name: string;
  /** As declared; other programs may have declared anything. */
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

/** Columns of a table as declared, in order; [] if there is no such table. */
export function columnsOf(db: Db, table: string): ColumnInfo[] {
  return db.pragma(`table_info(${table})`) as ColumnInfo[];
}

function requirePrimaryKey(table: Table, found: ColumnInfo[]): void {
  const key = found.filter((column) => column.pk > 0).map((column) => column.name.toLowerCase());
  if (table.primaryKey === null || (key.length === 1 && key[0] === table.primaryKey)) return;
  throw new AutotuneError("config_error", `its table ${table.name} has no primary key "${table.primaryKey}"`, {
    remedy: "Name another file with --db-path.",
    remedies: [{ kind: "setting", setting: "db-path" }],
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
