// Applications and reversions of recipes: what was written where, how to take it back, and every step on the way.
// Source: contract §11 (applications and reversions), §12 (a reversion works without the backup).
import type { Db } from "./db.ts";

/** Add both tables. A row with an owner is being worked on by that process. */
export function createApplicationTables(db: Db): void {
  db.exec(APPLICATION_TABLES);
}

const APPLICATION_TABLES = `
CREATE TABLE recipe_applications (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  at_utc TEXT NOT NULL,
  updated_utc TEXT NOT NULL,
  -- writing, restarting: under way. unverified: written, but nobody saw the provider come up. failed: nothing was written.
  state TEXT NOT NULL CHECK (state IN ('writing', 'restarting', 'applied', 'unverified', 'rolled_back', 'reverted', 'failed')),
  config_path TEXT NOT NULL,
  -- NULL until the file is written, and for a file that did not exist.
  backup_path TEXT,
  -- Owned keys with their values before and after, and how to put the bytes back; never another key or a comment.
  edits_json TEXT NOT NULL,
  -- NULL = there was no file.
  before_sha256 TEXT,
  after_sha256 TEXT NOT NULL,
  owner_pid INTEGER,
  owner_started_at TEXT
);
CREATE INDEX recipe_applications_run ON recipe_applications(run_id);

CREATE TABLE recipe_application_steps (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES recipe_applications(id) ON DELETE CASCADE,
  at_utc TEXT NOT NULL,
  step TEXT NOT NULL,
  ok INTEGER NOT NULL,
  detail TEXT
);
CREATE INDEX recipe_application_steps_application ON recipe_application_steps(application_id);
`;
