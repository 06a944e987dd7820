// The lock that the provider's own writers of its config take: flock(2) on `.<name>.lock` beside it, held over reading, changing and
// renaming. Without it their next write would drop a fresh recipe. Source: macprovider, ProviderConfigMutationLock.
// macOS locks while it opens (O_EXLOCK); elsewhere flock(1) locks the descriptor that it is handed, which stays locked after it has ended.
import { spawnSync } from "node:child_process";
import { closeSync, constants, fchmodSync, mkdirSync, openSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AutotuneError } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { codeOf, explained } from "./file-layer.ts";

/** ms; their own writes take milliseconds, and one that hangs must not hold up a roll-back for long. */
const WAIT_MS = 10_000;
const POLL_MS = 50;
/** open(2) of macOS. */
const O_EXLOCK = 0x20;

export interface LockOptions {
  /** Ends the waiting with its reason; left out where the work has to be done. */
  signal?: AbortSignal | undefined;
  waitMs?: number;
  /** For tests. */
  lock?: TryLock;
}

/** @returns the descriptor that holds the lock; null if another process holds it */
export type TryLock = (lockPath: string) => number | null;

/**
 * Do something while no other writer of the provider may change the config.
 * @param paths all names of the file: writers lock beside the name that they were given, be it a link or what it leads to
 * @throws AutotuneError busy if another writer holds the lock for 10 s; the signal's reason
 */
export async function withProviderLock<T>(paths: readonly string[], options: LockOptions, act: () => T): Promise<T> {
  const held: number[] = [];
  const deadline = performance.now() + (options.waitMs ?? WAIT_MS);
  try {
    for (const lockPath of lockPathsOf(paths)) held.push(await locked(lockPath, deadline, options));
    return act();
  } finally {
    for (const fd of held) closeSync(fd);
  }
}

/** Sorted, so that two of us take them in one order. */
const lockPathsOf = (paths: readonly string[]): string[] =>
  [...new Set(paths.map((path) => join(dirname(resolve(path)), `.${basename(path)}.lock`)))].sort();

async function locked(lockPath: string, deadline: number, { signal, lock = tryLock }: LockOptions): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    const fd = explained(lockPath, "locked", () => lock(lockPath));
    if (fd !== null) return fd;
    if (performance.now() >= deadline) throw heldByAnother(lockPath);
    await delay(POLL_MS);
  }
}

const tryLock: TryLock = (lockPath) => {
  step("lock.folder", () => mkdirSync(dirname(lockPath), { recursive: true, mode: 0o700 }));
  const flags = constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (process.platform !== "darwin") return lockOpened(step("lock.open", () => openSync(lockPath, flags, 0o600)));
  try {
    return step("lock.open-locked", () => openSync(lockPath, flags | O_EXLOCK, 0o600));
  } catch (error) {
    if (codeOf(error) === "EAGAIN" || codeOf(error) === "EWOULDBLOCK") return null;
    throw error;
  }
};

function lockOpened(fd: number): number | null {
  step("lock.private", () => fchmodSync(fd, 0o600));
  const { status, error } = step("lock.flock", () =>
    spawnSync("flock", ["-x", "-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] }),
  );
  // No flock(1): no provider of macOS writes here either.
  if (status === 0 || (error !== undefined && codeOf(error) === "ENOENT")) return fd;
  closeSync(fd);
  return null;
}

function heldByAnother(lockPath: string): AutotuneError {
  return new AutotuneError("busy", `another program is writing the provider's config (it holds ${lockPath})`, {
    remedy: `Wait for it and repeat; \`lsof ${lockPath}\` names it.`,
  });
}
