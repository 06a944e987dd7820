// Where the database lies: what the preference names, and whether a run could be stored there. Folders are looked at, nothing is opened.
// Source: contract §3 (--db-path), §14. The worker makes folders of the home; anywhere else one that is not there is a disk that is not
// connected, or another Mac's.
import { accessSync, constants, realpathSync, statSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { errorText } from "../../../worker/core/errors.ts";
import { DEFAULT_DATABASE, namedPath } from "../../../worker/core/settings/named-path.ts";
import { DatabaseProblem } from "./database-problem.ts";

/**
 * The database that the preference means; an empty one means the place that the command line uses, too.
 * @throws DatabaseProblem for a text that is no path
 */
export function databaseAt(preference: string | undefined, home = homedir()): string {
  const named = namedPath(preference?.trim() || DEFAULT_DATABASE, { home, from: home });
  if (named.ok) return named.value;
  throw misplaced(`The Database preference cannot be used: ${named.problem}.`, ANOTHER);
}

/** @returns what keeps a run from being stored there; null if nothing does */
export function placeProblem(path: string, home = homedir()): DatabaseProblem | null {
  try {
    const { facts, there, below } = nearest(path);
    if (below === null) return facts.isFile() ? unwritable([path, dirname(realpathSync(path))]) : noFile(path, facts);
    if (!facts.isDirectory()) return misplaced(`${there} is no folder.`, ANOTHER);
    const isOurs = there === dirname(path) || there === home || there.startsWith(`${home}/`);
    return isOurs ? unwritable([there]) : misplaced(`The folder ${below} is not there.`, REACH);
  } catch (cause) {
    return misplaced(`${path} cannot be reached: ${errorText(cause)}.`, MEND, cause);
  }
}

/** Nothing lies there: at a place that somebody chose it may be the wrong one. */
export function missing(path: string, home = homedir()): DatabaseProblem {
  if (path === databaseAt(undefined, home))
    return new DatabaseProblem("missing", "Nothing has been measured yet.", { remedy: "Start with Find Best Recipe." });
  return new DatabaseProblem("missing", `There is no database at ${path}.`, {
    remedy: "The first run creates it. If your runs are elsewhere, change Database in the extension's preferences.",
    preferences: true,
  });
}

const ANOTHER = "Change Database in the extension's preferences.";
const REACH = "Connect its disk or make it, or change Database in the extension's preferences.";
const MEND = "Allow writing there, or change Database in the extension's preferences.";

function misplaced(message: string, remedy: string, cause?: unknown): DatabaseProblem {
  return new DatabaseProblem("misplaced", message, { remedy, preferences: true, cause });
}

interface Nearest {
  /** The path itself, or the nearest folder above it that is there. */
  there: string;
  facts: Stats;
  /** What is missing in it; null if nothing is. */
  below: string | null;
}

/** @throws the system's error where nobody can tell what is there */
function nearest(path: string): Nearest {
  let below: string | null = null;
  for (let there = path; ; below = there, there = dirname(there)) {
    const facts = factsOf(there);
    if (facts !== null) return { there, facts, below };
  }
}

function factsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code === "ENOENT" || code === "ENOTDIR") && path !== "/") return null;
    throw error;
  }
}

function noFile(path: string, facts: Stats): DatabaseProblem {
  return misplaced(`${path} is ${facts.isDirectory() ? "a folder" : "no file"}.`, ANOTHER);
}

/** SQLite keeps files of its own beside the database. */
function unwritable(paths: string[]): DatabaseProblem | null {
  const refusing = paths.find((path) => !isWritable(path));
  return refusing === undefined ? null : misplaced(`${refusing} is read-only.`, MEND);
}

const REFUSED = ["EACCES", "EPERM", "EROFS"];

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    if (REFUSED.includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
