// Writes a file that only its owner may read, whole or not at all: reports hold model names, paths and reasons.
// Source: contract §11 (private), §15 (report file).
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AutotuneError, errorText } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { leftByDead } from "./left-by-dead.ts";

/**
 * Write a file (0600) in the place of what is there; missing folders are made (0700). A symlink is replaced, not followed.
 * @param forbidden files that must not be replaced, such as the database
 * @returns the absolute path
 * @throws AutotuneError config_error naming the path
 */
export function writePrivately(path: string, text: string, forbidden: readonly string[] = []): string {
  const file = resolve(path);
  const [before, after] = [`.${basename(file)}.`, ".tmp"] as const;
  const temp = join(dirname(file), `${before}${process.pid}${after}`);
  try {
    step("private.folder", () => mkdirSync(dirname(file), { recursive: true, mode: 0o700 }));
    refuseOthers(file, forbidden);
    for (const left of leftByDead(dirname(file), [before, after]))
      step("private.leftover", () => rmSync(left, { force: true }));
    step("private.temp", () => writeFileSync(temp, text, { mode: 0o600, flag: "wx" }));
    step("private.rename", () => renameSync(temp, file));
    return file;
  } catch (cause) {
    step("private.discard", () => rmSync(temp, { force: true }));
    const why = cause instanceof AutotuneError ? cause.message : errorText(cause);
    throw new AutotuneError("config_error", `cannot write ${file}: ${why}`, {
      remedy: "Name another file with --out.",
      cause,
    });
  }
}

function refuseOthers(file: string, forbidden: readonly string[]): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile() && !found.isSymbolicLink())
    throw new AutotuneError("config_error", found.isDirectory() ? "it is a folder" : "it is no regular file");
  const real = (path: string) => join(realpathSync(dirname(path)), basename(path));
  if (forbidden.some((path) => real(resolve(path)) === real(file)))
    throw new AutotuneError("config_error", "it is the database");
}
