// The drain journal: what was taken out of service, by whom, and whether it is back. And what a machine's crash left behind.
// Source: contract §5 (intent written before acting), §15 (a candidate during whose start the machine went down).
import type { Db } from "./db.ts";

/** Add the journal and the crash marks; the active place learns which boot it belongs to. */
export function createDrainTables(db: Db): void {
  db.exec(DRAIN_TABLES);
}

/** Nothing to do here: a new version number makes the views anew, v_drains among them. */
export function addDrainView(): void {}

const DRAIN_TABLES = `
CREATE TABLE drain_journal (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('launchd', 'foreground')),
  name TEXT NOT NULL,
  -- intended: about to be taken out; out: it is; the others are final.
  state TEXT NOT NULL CHECK (state IN ('intended', 'out', 'restored', 'left_out', 'failed')),
  -- Everything that bringing it back needs, as JSON. The environment of a foreground process goes once it is final.
  service_json TEXT NOT NULL,
  owner_pid INTEGER NOT NULL,
  owner_started_at TEXT NOT NULL,
  restorer_pid INTEGER,
  restorer_started_at TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created_utc TEXT NOT NULL,
  updated_utc TEXT NOT NULL
);
CREATE INDEX drain_journal_run ON drain_journal(run_id);

CREATE TABLE crash_suspects (
  model TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  at_utc TEXT NOT NULL
);

ALTER TABLE tune_active ADD COLUMN boot_id TEXT;
`;
