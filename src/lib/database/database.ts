// Reads the worker's database without ever writing to it: opened read-only per look, so that a replaced file is seen.
// Source: contract §11 (readers use views), §14; a second SQLite library in this process would drop the first one's locks.
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { errorText } from "../../../worker/core/errors.ts";
import { Readers } from "../../../worker/core/runs/readers.ts";
import { SCHEMA_VERSION } from "../../../worker/core/runs/schema-version.ts";

// Compiling the schemas takes longer than checking the few rows of a look: 8 ms of a first paint.
z.config({ jitless: true });

/** The worker's transactions are short; longer than this and something is wrong. */
const BUSY_MS = 5000;

export type ProblemKind = "missing" | "older" | "newer" | "unreadable";

/** Why there is nothing to show, and what the user can do. A missing file is no fault: nothing was measured yet. */
export class DatabaseProblem extends Error {
  override readonly name = "DatabaseProblem";
  readonly kind: ProblemKind;
  readonly remedy: string;

  constructor(kind: ProblemKind, message: string, remedy: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.remedy = remedy;
  }
}

/**
 * Open, read, close. One consistent picture: all reads happen in one transaction.
 * @throws DatabaseProblem
 */
export function readDatabase<T>(path: string, read: (readers: Readers) => T): T {
  if (!existsSync(path))
    throw new DatabaseProblem("missing", "Nothing has been measured yet.", "Start with Find Best Recipe.");
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    db.exec("BEGIN");
    requireSchema(db, path);
    return read(new Readers(db));
  } catch (error) {
    if (error instanceof DatabaseProblem) throw error;
    throw new DatabaseProblem(
      "unreadable",
      `${path} cannot be read: ${errorText(error)}`,
      "Run Autotune Doctor; it looks at the file and names the repair.",
      error,
    );
  } finally {
    db?.close();
  }
}

function requireSchema(db: DatabaseSync, path: string): void {
  const version = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (version > SCHEMA_VERSION)
    throw new DatabaseProblem(
      "newer",
      `${path} has schema ${version}; this extension knows schemas up to ${SCHEMA_VERSION}.`,
      "Update the extension, or choose another database in its preferences.",
    );
  if (version < SCHEMA_VERSION)
    throw new DatabaseProblem(
      "older",
      `${path} has schema ${version}; this extension reads schema ${SCHEMA_VERSION}.`,
      "Bring it up to date: the worker migrates it in place and loses nothing.",
    );
}
