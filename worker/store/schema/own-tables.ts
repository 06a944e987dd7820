// What the store keeps beyond the contract's two tables: the active place, the timeline, visits and replicates, notes.
// Source: contract §11, "columns or tables of our own".
import { addColumns } from "./contract-tables.ts";
import type { Db } from "./db.ts";

const RUN_COLUMNS = [
  ["exit_detail", "TEXT"],
  ["provider", "TEXT"],
  ["method", "TEXT"],
  ["seed", "INTEGER"],
  ["inputs_json", "TEXT"],
  ["simulated", "INTEGER"],
  ["planned_cells", "INTEGER"],
  // Relative change of the machine's speed over Stage 2, -0.12 = 12 % slower.
  ["thermal_drift", "REAL"],
] as const;

const TRIAL_COLUMNS = [
  // 'running' while a visit is under way, else 'done'.
  ["state", "TEXT NOT NULL DEFAULT 'done'"],
  ["position", "INTEGER"],
  // All knobs in key order; names a cell within its run. NULL in rows of other programs.
  ["knobs_json", "TEXT"],
  ["decode_tps", "REAL"],
  ["misfit_class", "TEXT"],
  ["reason", "TEXT"],
  ["interval_low", "REAL"],
  ["interval_high", "REAL"],
  ["model_revision", "TEXT"],
] as const;

/** Add our columns and create our tables. */
export function createOwnTables(db: Db): void {
  addColumns(db, "tune_runs", RUN_COLUMNS);
  addColumns(db, "tune_trials", TRIAL_COLUMNS);
  db.exec(OWN_TABLES);
}

const OWN_TABLES = `
CREATE UNIQUE INDEX tune_trials_cell ON tune_trials(run_id, stage, model, knobs_json);

-- At most one active run: there is one slot, and it can be taken once.
CREATE TABLE tune_active (
  slot INTEGER PRIMARY KEY CHECK (slot = 1),
  run_id TEXT NOT NULL REFERENCES tune_runs(run_id),
  pid INTEGER NOT NULL,
  pid_started_at TEXT NOT NULL,
  since_utc TEXT NOT NULL,
  heartbeat_utc TEXT NOT NULL,
  phase TEXT NOT NULL,
  stage INTEGER NOT NULL,
  candidate TEXT,
  cell TEXT,
  detail TEXT,
  share REAL,
  eta_seconds REAL,
  live_tps REAL,
  -- Leader of the living candidate's process group, so that an orphan can be stopped and nothing else.
  candidate_pid INTEGER,
  candidate_started_at TEXT
);

CREATE TABLE tune_visits (
  id INTEGER PRIMARY KEY,
  trial_id INTEGER NOT NULL REFERENCES tune_trials(id) ON DELETE CASCADE,
  ended_at_utc TEXT NOT NULL,
  load_ms REAL,
  prompt_tokens INTEGER,
  misfit_class TEXT,
  reason TEXT,
  notes_json TEXT NOT NULL
);
CREATE INDEX tune_visits_trial ON tune_visits(trial_id);

CREATE TABLE tune_replicates (
  id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES tune_visits(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ok', 'misfit', 'invalid')),
  -- Monotonic clock of the worker: differences within a run mean something, the value itself does not.
  started_at_ms REAL,
  tps REAL,
  ttft_ms REAL,
  decode_tps REAL,
  misfit_class TEXT,
  reason TEXT,
  requests_json TEXT NOT NULL,
  -- Arrival of every chunk of every request, ms since it was written.
  chunk_times_json TEXT
);
CREATE INDEX tune_replicates_visit ON tune_replicates(visit_id);

CREATE TABLE tune_phases (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES tune_runs(run_id) ON DELETE CASCADE,
  phase TEXT NOT NULL,
  stage INTEGER NOT NULL,
  candidate TEXT,
  cell TEXT,
  detail TEXT,
  started_at_utc TEXT NOT NULL,
  ended_at_utc TEXT
);
CREATE INDEX tune_phases_run ON tune_phases(run_id);

CREATE TABLE tune_notes (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES tune_runs(run_id) ON DELETE CASCADE,
  at_utc TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX tune_notes_run ON tune_notes(run_id);
`;
