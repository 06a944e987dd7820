// One writer of a file at a time: a lock that names its owner and does not outlive it.
// Source: contract §12 (two applies at once). The lock is a symlink to the owner's PID: created with its content in one atomic call.
import { basename, dirname } from "node:path";
import { AutotuneError } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { codeOf, type FileLayer } from "./file-layer.ts";
import { isLivingPid, leftByDead } from "./left-by-dead.ts";

/**
 * Take the lock, or refuse at once; a dead owner's lock is taken over.
 * @returns release; it gives a warning if the lock could not be removed, else null
 * @throws AutotuneError busy if a living process holds it
 */
export function takeFileLock(path: string, layer: FileLayer): () => string | null {
  clearGraves(path, layer);
  if (!tryCreate(path, layer)) {
    const owner = readOwner(path, layer);
    if (owner !== null && isLivingPid(owner)) throw busy(path, owner);
    if (owner !== null) buryStale(path, owner, layer);
    if (!tryCreate(path, layer)) throw busy(path, readOwner(path, layer));
  }
  return () => {
    try {
      step("lock.release", () => layer.unlinkSync(path));
      return null;
    } catch (error) {
      return `the lock ${path} could not be removed: ${String(error)}`;
    }
  };
}

function tryCreate(path: string, layer: FileLayer): boolean {
  try {
    step("lock.take", () => layer.symlinkSync(String(process.pid), path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** PID as text; null if the lock is gone meanwhile. */
function readOwner(path: string, layer: FileLayer): string | null {
  try {
    return layer.readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

// Two that find the same stale lock must not both remove it: the second would remove the first one's new lock. So it is moved
// aside, looked at again, and put back if it is not the one that was found.
function buryStale(path: string, owner: string, layer: FileLayer): void {
  const grave = `${path}.${process.pid}`;
  try {
    step("lock.move", () => layer.renameSync(path, grave));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = layer.readlinkSync(grave);
  step("lock.bury", () => layer.unlinkSync(grave));
  if (moved === owner) return;
  step("lock.put-back", () => layer.symlinkSync(moved, path));
  throw busy(path, moved);
}

/** Whoever moved a lock aside and died then: the lock of a dead one goes; that of a living one counts as if it were in its place. */
function clearGraves(path: string, layer: FileLayer): void {
  for (const grave of leftByDead(dirname(path), [`${basename(path)}.`, ""], layer)) {
    const owner = readOwner(grave, layer);
    if (owner === null) continue;
    if (isLivingPid(owner)) throw busy(grave, owner);
    step("lock.clear", () => removeIfThere(grave, layer));
  }
}

function removeIfThere(path: string, layer: FileLayer): void {
  try {
    layer.unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error; // another one was quicker
  }
}

function busy(path: string, owner: string | null): AutotuneError {
  return new AutotuneError(
    "busy",
    `another apply or revert is writing this file${owner === null ? "" : ` (PID ${owner})`}`,
    {
      remedy: `Wait for it and repeat; if no such process is at work, remove ${path}`,
    },
  );
}
