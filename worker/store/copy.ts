// Reads a database that must stay untouched: a private copy of it is opened instead. Even a read-only connection would leave
// -wal and -shm files beside a database in WAL mode, and closing a writable one would fold them into it.
// Source: contract §15 (import, doctor).
import { constants, copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { AutotuneError, errorText } from "../core/errors.ts";
import { step } from "../step.ts";

/** How often a file that is being written is copied again until it stood still meanwhile. */
const ATTEMPTS = 5;

export interface DatabaseCopy {
  /** Of the copy; it carries the name of the original. */
  path: string;
  /** Name the original wherever a text names the copy. */
  inPlace(error: unknown): AutotuneError;
  remove(): void;
}

/**
 * Copy a database with its WAL into a private folder.
 * @throws Error of the file system; AutotuneError config_error if it is being written all the time
 */
export function copyDatabase(original: string): DatabaseCopy {
  const from = resolve(original);
  const folder = step("copy.folder", () => mkdtempSync(join(tmpdir(), "mlx-autotune-copy-")));
  const path = join(folder, basename(from));
  const remove = () => step("copy.remove", () => rmSync(folder, { recursive: true, force: true }));
  const inPlace = (error: unknown) => {
    const { code, remedy } =
      error instanceof AutotuneError ? error : { code: "config_error" as const, remedy: undefined };
    const text = errorText(error).replaceAll(path, from);
    return new AutotuneError(code, text, { cause: error, ...(remedy === undefined ? {} : { remedy }) });
  };
  try {
    for (let attempt = 1; !copiedWhole(from, path); attempt++)
      if (attempt === ATTEMPTS)
        throw new AutotuneError("config_error", `${from} is being written all the time`, {
          remedy: "Try again later.",
        });
    return { path, inPlace, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** False if the original changed meanwhile. The WAL goes first: what a checkpoint moves is then in both, never in neither. */
function copiedWhole(from: string, to: string): boolean {
  const before = stateOf(from);
  step("copy.clear", () => rmSync(`${to}-wal`, { force: true }));
  if (statSync(`${from}-wal`, { throwIfNoEntry: false })?.isFile())
    step("copy.wal", () => copyFileSync(`${from}-wal`, `${to}-wal`, constants.COPYFILE_FICLONE));
  step("copy.file", () => copyFileSync(from, to, constants.COPYFILE_FICLONE));
  return stateOf(from) === before;
}

function stateOf(from: string): string {
  return ["", "-wal"]
    .map((suffix) => statSync(from + suffix, { throwIfNoEntry: false, bigint: true }))
    .map((found) => (found ? `${found.ino} ${found.size} ${found.mtimeNs}` : "none"))
    .join(" ");
}
