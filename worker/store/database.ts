// Opens the one SQLite file: private, WAL, migrated; and says in one sentence why it cannot.
// The pragmas are what was measured to give readers beside a busy writer no stale read.
import Database from "better-sqlite3";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AutotuneError, errorText, type Remedy } from "../core/errors.ts";
import { step } from "../step.ts";
import type { Db } from "./schema/db.ts";
import { migrate, requireKnownSchema } from "./schema/migrations.ts";

/** ms that a statement waits for another process's lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Open the database at `path`, creating folder (0700) and file (0600), and bring it to today's schema.
 * Hold the connection for the whole command: opening and closing per write lets readers see data go backwards.
 * @throws AutotuneError config_error naming the path and what to do
 */
export function openDatabase(path: string): Db {
  const file = resolve(path);
  try {
    prepareFile(file);
    refuseNewerWithoutTouching(file);
    return connect(file);
  } catch (error) {
    throw cannotOpen(file, error);
  }
}

/**
 * Existing files are never opened here by hand: closing such a descriptor would drop the locks that this process's own
 * SQLite connections hold on the file.
 */
function prepareFile(file: string): void {
  makeFolder(dirname(file));
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    createPrivate(file);
    return;
  }
  if (!stat.isFile()) throw new AutotuneError("config_error", `it is ${stat.isDirectory() ? "a folder" : "no file"}`);
  accessSync(file, constants.R_OK | constants.W_OK);
  requireWritable(dirname(realpathSync(file)));
}

/** SQLite keeps files of its own beside the database. */
function requireWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AutotuneError("config_error", `its folder ${folder} cannot be written`, { cause });
  }
}

/** Not mkdir's own recursion: Node 22 never returns from it where a file system answers ENOENT below a live folder (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    step("database.folder", () => mkdirSync(folder, { mode: 0o700 }));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was first
  }
}

function createPrivate(file: string): void {
  try {
    step("database.create", () => closeSync(openSync(file, "wx", 0o600)));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was first
  }
}

/** Closing a writable connection would fold a leftover WAL into the file, so a file with a WAL is asked read-only first. */
function refuseNewerWithoutTouching(file: string): void {
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const probe = new Database(file, { ...binding(), readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    requireKnownSchema(probe);
  } finally {
    probe.close();
  }
}

function connect(file: string): Db {
  const db = new Database(file, { ...binding(), timeout: BUSY_TIMEOUT_MS });
  try {
    requireKnownSchema(db);
    useWal(db);
    db.pragma("synchronous = NORMAL");
    db.pragma("foreign_keys = ON");
    db.pragma("wal_autocheckpoint = 1000"); // pages; passive, so readers are never waited for
    makePrivate(file);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Switching to WAL needs the file alone for a moment and may answer "busy" without waiting; so wait here. */
function useWal(db: Db): void {
  const giveUpAt = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      const mode = step("database.wal", () => db.pragma("journal_mode = WAL", { simple: true }));
      if (mode !== "wal") throw new AutotuneError("config_error", `its journal mode stays "${String(mode)}"`);
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || Date.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
}

/** SQLite gives new -wal and -shm files the mode of the database; old ones may still be open to others. */
function makePrivate(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      step("database.private", () => chmodSync(file + suffix, 0o600));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error; // the sidecars come and go with other connections
    }
  }
}

/** The addon lies beside the bundle, one per platform; from the sources the package finds its own. */
function binding(): { nativeBinding?: string } {
  if (typeof __dirname !== "string") return {};
  const addon = join(__dirname, `better-sqlite3-${process.platform}-${process.arch}.node`);
  return existsSync(addon) ? { nativeBinding: addon } : {};
}

interface Way {
  remedy: string;
  remedies?: readonly Remedy[];
}

const ELSEWHERE: Way = {
  remedy: "Name a file that you can write with --db-path.",
  remedies: [{ kind: "setting", setting: "db-path" }],
};
const DAMAGED: Way = { remedy: "Move the file away; the next run starts a new one." };

/** What people are told, by the start of the code that SQLite or the system gave. */
const EXPLANATIONS: readonly [codes: readonly string[], why: string, way: Way][] = [
  [["SQLITE_NOTADB"], "it is not a SQLite database", ELSEWHERE],
  [["SQLITE_CORRUPT"], "it is damaged", DAMAGED],
  [["SQLITE_BUSY", "SQLITE_LOCKED"], "another program holds it locked", { remedy: "End that program and try again." }],
  [["ENOTDIR", "ENOENT"], "its folder cannot be created", ELSEWHERE],
  [["SQLITE_FULL", "ENOSPC"], "the disk is full", { remedy: "Free some space and try again." }],
  [["SQLITE_READONLY", "EACCES", "EPERM", "EROFS"], "it cannot be written", ELSEWHERE],
];

function cannotOpen(file: string, cause: unknown): AutotuneError {
  const known = EXPLANATIONS.find(([codes]) => codes.some((code) => codeOf(cause).startsWith(code)));
  const why = known?.[1] ?? errorText(cause);
  const own = cause instanceof AutotuneError && cause.remedy !== undefined ? (cause as Way) : null;
  const { remedy, remedies = [] } = own ?? known?.[2] ?? ELSEWHERE;
  return new AutotuneError("config_error", `cannot open the database ${file}: ${why}`, { remedy, remedies, cause });
}

/**
 * Names of the tables in a file, which is left as it is.
 * @throws AutotuneError config_error if it is no SQLite database
 */
export function tablesOf(path: string): string[] {
  try {
    const db = new Database(path, { ...binding(), readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
      return db.prepare<[], string>(sql).pluck().all();
    } finally {
      db.close();
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** By code, not by class: more than one copy of a library's error class may be loaded. */
function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}
