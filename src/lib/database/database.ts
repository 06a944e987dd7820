// Reads the worker's database without ever writing to it: opened read-only per look, so that a replaced file is seen.
// Source: contract §11 (readers use views), §14; a second SQLite library in this process would drop the first one's locks.
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { errorText } from "../../../worker/core/errors.ts";
import { Readers } from "../../../worker/core/runs/readers.ts";
import { SCHEMA_VERSION } from "../../../worker/core/runs/schema-version.ts";
import { missing, placeProblem } from "./database-place.ts";
import { DatabaseProblem } from "./database-problem.ts";

// Compiling the schemas takes longer than checking the few rows of a look: 8 ms of a first paint.
z.config({ jitless: true });

/** SQLite waits inside the call, where it holds up every command of every extension: one look, ms. */
const BUSY_MS = 50;
/** Between two looks at a file that is held, ms; Raycast goes on meanwhile. */
const AGAIN_MS = 100;
/** The worker's transactions are short; longer than this and something is wrong. */
const PATIENCE_MS = 5000;
/** SQLITE_BUSY, SQLITE_LOCKED; the bits above say more. Source: sqlite.org/rescode.html */
const HELD_CODES = [5, 6];

/**
 * Read as readDatabase; a file that another program holds is looked at again, without keeping anybody else waiting. The first look
 * comes before any await.
 * @param patienceMs from the first look; ms ≥ 0
 * @throws DatabaseProblem
 */
export async function readWhenFree<T>(
  path: string,
  read: (readers: Readers) => T,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return readDatabase(path, read);
    } catch (error) {
      const mayPass = error instanceof DatabaseProblem && error.kind === "locked";
      if (!mayPass || performance.now() > until) throw error;
    }
    await delay(AGAIN_MS);
  }
}

/**
 * Open, read, close, now: held by another program it fails within 0.1 s. One consistent picture: all reads happen in one transaction.
 * @throws DatabaseProblem
 */
export function readDatabase<T>(path: string, read: (readers: Readers) => T): T {
  if (!existsSync(path)) throw placeProblem(path) ?? missing(path);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    db.exec("BEGIN");
    requireSchema(db, path);
    return read(new Readers(db));
  } catch (error) {
    throw error instanceof DatabaseProblem ? error : problemOf(path, error);
  } finally {
    db?.close();
  }
}

function problemOf(path: string, error: unknown): DatabaseProblem {
  const code = (error as { errcode?: number } | null)?.errcode ?? 0;
  if (HELD_CODES.includes(code & 0xff)) {
    const remedy = "It is read as soon as it is free; if it stays so, end that program.";
    return new DatabaseProblem("locked", `${path} is held by another program.`, { remedy, cause: error });
  }
  const remedy = "Run Autotune Doctor; it looks at the file and names the repair.";
  const unreadable = `${path} cannot be read: ${errorText(error)}`;
  return placeProblem(path) ?? new DatabaseProblem("unreadable", unreadable, { remedy, cause: error });
}

function requireSchema(db: DatabaseSync, path: string): void {
  const version = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (version > SCHEMA_VERSION)
    throw new DatabaseProblem(
      "newer",
      `${path} has schema ${version}; this extension knows schemas up to ${SCHEMA_VERSION}.`,
      { remedy: "Update the extension, or choose another database in its preferences." },
    );
  if (version < SCHEMA_VERSION)
    throw new DatabaseProblem(
      "older",
      `${path} has schema ${version}; this extension reads schema ${SCHEMA_VERSION}.`,
      { remedy: "Bring it up to date: the worker migrates it in place and loses nothing." },
    );
}
