// The system calls through which files are replaced, and what their failures mean to the user.
// Source: contract §12. Tests hand in layers that fail or stop at any call.
import type * as fs from "node:fs";
import { AutotuneError } from "../../core/errors.ts";
import { howToAllow, type Reader } from "../../core/machine/privacy.ts";
import { thisReader } from "./this-reader.ts";

/** Synchronous: a replacement takes milliseconds, and nothing may come in between. */
export type FileLayer = Pick<
  typeof fs,
  | "accessSync"
  | "closeSync"
  | "fchmodSync"
  | "fchownSync"
  | "fstatSync"
  | "fsyncSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readFileSync"
  | "readdirSync"
  | "readlinkSync"
  | "realpathSync"
  | "renameSync"
  | "symlinkSync"
  | "unlinkSync"
  | "writeSync"
>;

const CAUSES: Record<string, [reason: string, remedy: string]> = {
  ENOSPC: ["the disk is full", "Free some space, then repeat"],
  EDQUOT: ["the disk quota is used up", "Free some space, then repeat"],
  EROFS: ["the volume is read-only", "Remount it for writing, then repeat"],
  EACCES: ["permission is denied", "Check owner and mode of the file and its folder"],
  EPERM: ["the system does not permit it", "Check owner, mode and flags (ls -lO) of the file and its folder"],
  ENOENT: ["it, or its folder, went away meanwhile", "Repeat"],
};

/** A flag (uchg) or macOS' privacy, which hides Documents, Desktop and other volumes: the code is the same. */
function causeOf(code: string, reader: Reader): readonly [reason: string, remedy: string] {
  const [reason, remedy] = CAUSES[code] ?? [`the system says ${code}`, "Check the file"];
  const isPrivacy = code === "EPERM" && reader.platform === "darwin";
  return [reason, isPrivacy ? `${remedy}; if they are as they should be, ${howToAllow(reader)}` : remedy];
}

/** Turn errors of the system into the one error class, with what the user can do. @param reader for tests */
export function explained<T>(
  path: string,
  done: "read" | "replaced" | "locked",
  act: () => T,
  reader: Reader = thisReader(),
): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof AutotuneError) throw error;
    const [reason, remedy] = causeOf(codeOf(error), reader);
    throw new AutotuneError("config_error", `${path} was not ${done}: ${reason}`, { remedy, cause: error });
  }
}

/** "ENOSPC" and the like; the error as text if it has no code. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
