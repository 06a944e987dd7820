// Runs whose end the user has not been told. Its own table, so that neither an import nor an older row makes one.
// Source: contract §13, §5 (whatever becomes of the worker).
import type { Db } from "./db.ts";

/** Add the table. A run is in it from its first row on; with the note of how its end was told it goes. */
export function createUntoldTable(db: Db): void {
  db.exec(`
    CREATE TABLE tune_untold (
      run_id TEXT PRIMARY KEY NOT NULL REFERENCES tune_runs(run_id) ON DELETE CASCADE,
      -- Who tells it: the worker, or whoever took over from one that died.
      teller_pid INTEGER NOT NULL,
      teller_started_at TEXT NOT NULL,
      -- What a click opens; NULL = nothing.
      link TEXT
    );
  `);
}
