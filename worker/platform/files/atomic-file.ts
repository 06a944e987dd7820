// Replaces a config file so that every reader, and every crash, finds it entirely old or entirely new, with a backup of the old.
// Source: contract §12: backup, temp file, fsync, rename, fsync of the folder. Core decides the bytes, this file only puts them in place.
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { AutotuneError } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { backupBase, makeBackupFolder } from "./backup-place.ts";
import { copyWithAttributes } from "./file-attributes.ts";
import { codeOf, explained, type FileLayer } from "./file-layer.ts";
import { takeFileLock } from "./file-lock.ts";
import { assertReplaceable, readTarget, sha256Of, type FileState } from "./file-state.ts";
import { resolveTarget } from "./file-target.ts";

export interface Replaced {
  realPath: string;
  /** null for a file that did not exist before. */
  backupPath: string | null;
  /** null for a file that was removed. */
  sha256: string | null;
  /** The file is new, but something after that went wrong; null if not. */
  warning: string | null;
}

/**
 * Replace a file, keeping its mode, owner, extended attributes and access lists (0600 for a new one). Nothing is written if it is not as `expected`.
 * @param request.expected what was read when the change was shown
 * @param request.unixSeconds names the backup `<name>.bak-<unix seconds>-<counter>`
 * @throws AutotuneError busy if another process replaces it now; config_error for every refusal and every failure to write,
 *   after which the file is as it was
 */
export function replaceFile(
  request: { expected: FileState; bytes: Uint8Array; unixSeconds: number },
  layer: FileLayer = fs,
): Replaced {
  return withLock(request.expected, layer, () => replaceLocked(request, layer));
}

/** Remove a file after a backup of it, with the same promises as replaceFile. */
export function removeFile(
  { expected, unixSeconds }: { expected: FileState & { state: "file" }; unixSeconds: number },
  layer: FileLayer = fs,
): Replaced {
  return withLock(expected, layer, () => {
    assertUnchanged(expected, layer);
    const backupPath = writeBackup(expected, unixSeconds, layer);
    assertUnchanged(expected, layer);
    step("config.remove", () => layer.unlinkSync(expected.realPath));
    const { path, realPath } = expected;
    return { realPath, backupPath, sha256: null, warning: syncWarning(path, dirname(realPath), layer) };
  });
}

function withLock(expected: FileState, layer: FileLayer, act: () => Replaced): Replaced {
  const { path, realPath } = expected;
  return explained(path, "replaced", () => {
    if (expected.state === "absent")
      step("config.folder", () => layer.mkdirSync(dirname(realPath), { recursive: true, mode: 0o700 }));
    if (resolveTarget(path, layer) !== realPath) throw changed(path);
    const unlock = takeFileLock(join(dirname(realPath), `.${basename(realPath)}.mlx-autotune.lock`), layer);
    let replaced: Replaced | undefined;
    try {
      replaced = act();
    } finally {
      const leftover = unlock();
      if (replaced && leftover !== null) replaced.warning ??= leftover;
    }
    return replaced;
  });
}

function replaceLocked(
  { expected, bytes, unixSeconds }: { expected: FileState; bytes: Uint8Array; unixSeconds: number },
  layer: FileLayer,
): Replaced {
  const { path, realPath } = expected;
  // One fixed name, owned by the holder of the lock: what a crash left behind goes with the next replacement.
  const temp = join(dirname(realPath), `.${basename(realPath)}.mlx-autotune.tmp`);
  step("config.leftover", () => removeIfThere(temp, layer));
  assertUnchanged(expected, layer);
  let backupPath: string | null = null;
  let unkept: string | null;
  let renaming = false;
  try {
    if (expected.state === "file") backupPath = writeBackup(expected, unixSeconds, layer);
    unkept = step("config.temp", () => writeTemp(temp, expected, bytes, layer));
    // Between this look and the rename an editor's save could still be lost; nothing on macOS closes that gap of microseconds.
    assertUnchanged(expected, layer);
    renaming = true;
    step("config.rename", () => layer.renameSync(temp, realPath));
  } catch (error) {
    // A temp file that is gone after a failed rename means that the rename took place: then the backup must stay.
    const temporaryWasThere = step("config.discard-temp", () => tryRemove(temp, layer));
    if (backupPath !== null && (!renaming || temporaryWasThere))
      step("config.discard-backup", () => tryRemove(backupPath ?? "", layer));
    throw error;
  }
  const warning = unkept ?? syncWarning(path, dirname(realPath), layer);
  return { realPath, backupPath, sha256: sha256Of(bytes), warning };
}

/** @returns a warning where what is attached to the old file could not be kept */
function writeTemp(temp: string, old: FileState, bytes: Uint8Array, layer: FileLayer): string | null {
  if (old.state === "absent") {
    writeExclusively(temp, bytes, { mode: 0o600, uid: null, gid: null }, layer);
    return null;
  }
  const why = copyWithAttributes(old.realPath, temp);
  if (why === null) {
    fill(
      layer.openSync(temp, fs.constants.O_WRONLY | fs.constants.O_TRUNC | fs.constants.O_NOFOLLOW),
      bytes,
      old,
      layer,
    );
    return null;
  }
  tryRemove(temp, layer);
  writeExclusively(temp, bytes, old, layer);
  return `extended attributes and access lists of ${old.path}, if it had any, were not kept (${why})`;
}

/** By content and place, not by time: an editor that saves the same bytes under a new inode has still replaced the file. */
function assertUnchanged(expected: FileState, layer: FileLayer): void {
  const now = readTarget(expected.path, expected.realPath, layer);
  if (now.state === "absent" && expected.state === "absent") return;
  const same = now.state === "file" && expected.state === "file" && now.sha256 === expected.sha256;
  if (!same || now.inode !== expected.inode || now.mode !== expected.mode || now.uid !== expected.uid)
    throw changed(expected.path);
  assertReplaceable(now, layer);
}

/** Lowest free counter from 0; created exclusively, so that no earlier backup is ever lost. */
function writeBackup(file: Extract<FileState, { state: "file" }>, unixSeconds: number, layer: FileLayer): string {
  const base = backupBase(file.path, file.realPath, layer);
  makeBackupFolder(base, layer);
  for (let counter = 0; ; counter += 1) {
    const backup = `${base}.bak-${unixSeconds}-${counter}`;
    try {
      step("config.backup", () =>
        writeExclusively(backup, file.bytes, { mode: 0o600, uid: file.uid, gid: file.gid }, layer),
      );
      syncFolder(dirname(backup), layer);
      return backup;
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue;
      step("config.discard-part", () => tryRemove(backup, layer));
      throw error;
    }
  }
}

interface Access {
  mode: number;
  /** null = whoever creates the file. */
  uid: number | null;
  gid: number | null;
}

/** Create, fill and fsync a file. @throws with EEXIST if there is one */
function writeExclusively(path: string, bytes: Uint8Array, access: Access, layer: FileLayer): void {
  fill(layer.openSync(path, "wx", 0o600), bytes, access, layer);
}

/** Write, give to its owner, fsync and close. */
function fill(fd: number, bytes: Uint8Array, access: Access, layer: FileLayer): void {
  try {
    for (let done = 0; done < bytes.length;) done += layer.writeSync(fd, bytes, done, bytes.length - done);
    const { uid, gid } = layer.fstatSync(fd);
    // Before chmod: a change of owner clears mode bits.
    if (access.uid !== null && access.gid !== null && (access.uid !== uid || access.gid !== gid))
      layer.fchownSync(fd, access.uid, access.gid);
    layer.fchmodSync(fd, access.mode);
    layer.fsyncSync(fd);
  } finally {
    layer.closeSync(fd);
  }
}

function syncFolder(folder: string, layer: FileLayer): void {
  const fd = layer.openSync(folder, "r");
  try {
    layer.fsyncSync(fd);
  } catch (error) {
    // Some file systems (network, FUSE) know no fsync of a folder; the rename is as durable there as it can be.
    if (!["EINVAL", "ENOTSUP", "EISDIR"].includes(codeOf(error))) throw error;
  } finally {
    layer.closeSync(fd);
  }
}

function syncWarning(path: string, folder: string, layer: FileLayer): string | null {
  try {
    syncFolder(folder, layer);
    return null;
  } catch (error) {
    return `${path} is written, but might not survive a power failure in the next seconds (${codeOf(error)})`;
  }
}

function removeIfThere(path: string, layer: FileLayer): void {
  try {
    layer.unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Clean up after a failure, whose own error is the one to report. @returns whether the file was there and is gone */
function tryRemove(path: string, layer: FileLayer): boolean {
  try {
    layer.unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function changed(path: string): AutotuneError {
  return new AutotuneError("config_error", `${path} was changed since the diff was made; nothing was written`, {
    remedy: "Look at the new diff, then repeat",
    remedies: [{ kind: "look-again" }],
  });
}
