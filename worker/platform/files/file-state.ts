// A file as it was read, with what is needed to notice a later change, and what makes it unfit to be replaced.
// Source: contract §12.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { AutotuneError } from "../../core/errors.ts";
import { interruptible } from "../../interruptible.ts";
import { explained, type FileLayer } from "./file-layer.ts";
import { resolveTarget } from "./file-target.ts";
import { NoAnswer } from "./foreign-reader.ts";
import { inTime } from "./in-time.ts";

/** A file as it was read; `realPath` is what symlinks lead to. */
export type FileState =
  | { state: "absent"; path: string; realPath: string; bytes: Uint8Array }
  | {
      state: "file";
      path: string;
      realPath: string;
      bytes: Uint8Array;
      sha256: string;
      inode: number;
      mtimeMs: number;
      mode: number;
      uid: number;
      gid: number;
      links: number;
    };

/** No config is this big; reading a disk image by mistake must not exhaust memory. Unit: bytes. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/**
 * Make sure that a file's disk answers before it is read in one go, which nothing could interrupt.
 * @throws AutotuneError config_error if it does not; the signal's reason. What else is wrong, reading tells.
 */
export async function requireAnswer(path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await interruptible(inTime(path, fs.promises.stat(path)), signal ?? NEVER);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof NoAnswer)) return;
    const remedy = "See what it leads to (`ls -l`), and bring that disk back or take the link away.";
    throw new AutotuneError("config_error", error.message, { remedy, cause: error });
  }
}

const NEVER = new AbortController().signal;

/**
 * Read a file with what is needed to notice a later change.
 * @returns `bytes` is empty where there is no file
 * @throws AutotuneError config_error if it is no regular file, too big, unreadable, or behind a foreign symlink
 */
export function readFileState(path: string, layer: FileLayer = fs): FileState {
  return explained(path, "read", () => readTarget(path, resolveTarget(path, layer), layer));
}

/**
 * Refuse what must not be replaced; for a dry run, replaceFile checks it by itself.
 * @throws AutotuneError config_error for hard links, read-only files, and folders in which nothing can be made
 */
export function assertReplaceable(file: FileState, layer: FileLayer = fs): void {
  if (file.state === "file") assertWritable(file, layer);
  const folder = firstThere(dirname(file.realPath), layer);
  explained(file.path, "replaced", () => layer.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK));
}

/** The folder, or the one in which it will be made. */
function firstThere(folder: string, layer: FileLayer): string {
  let current = folder;
  while (layer.lstatSync(current, { throwIfNoEntry: false }) === undefined && dirname(current) !== current)
    current = dirname(current);
  return current;
}

function assertWritable(file: FileState & { state: "file" }, layer: FileLayer): void {
  if (file.links > 1) throw hardLinked(file.path, file.links);
  if ((file.mode & 0o200) === 0)
    throw new AutotuneError("config_error", `${file.path} is read-only`, {
      remedy: `Make it writable first: chmod u+w ${file.path}`,
    });
  explained(file.path, "replaced", () => layer.accessSync(file.realPath, fs.constants.W_OK));
}

/** Read the file behind a resolved path. */
export function readTarget(path: string, realPath: string, layer: FileLayer): FileState {
  const found = layer.lstatSync(realPath, { throwIfNoEntry: false });
  if (found === undefined) return { state: "absent", path, realPath, bytes: new Uint8Array() };
  if (!found.isFile()) throw new AutotuneError("config_error", `${path} is no regular file`);
  const fd = layer.openSync(realPath, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    if (layer.fstatSync(fd).size > MAX_READ_BYTES)
      throw new AutotuneError("config_error", `${path} is too big to be a config file`);
    const bytes = layer.readFileSync(fd);
    const { ino: inode, mtimeMs, mode, uid, gid, nlink: links } = layer.fstatSync(fd);
    const facts = { inode, mtimeMs, mode: mode & 0o7777, uid, gid, links };
    return { state: "file", path, realPath, bytes, sha256: sha256Of(bytes), ...facts };
  } finally {
    layer.closeSync(fd);
  }
}

/** SHA-256 in lowercase hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hardLinked(path: string, links: number): AutotuneError {
  return new AutotuneError("config_error", `${path} has ${links} hard links, replacing it would part them`, {
    remedy: "Remove the other links, or use a symlink",
  });
}
