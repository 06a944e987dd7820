// What every command does first: close the run of a dead worker, stop its orphaned candidate, bring back what it drained;
// write down where a dead apply or revert stopped; tell the user how a run ended whose worker could not any more.
// The worker itself ends with it, and its guard does it the moment the worker is gone. Source: contract §5.
import type { Log } from "../context.ts";
import { closeDeadRuns } from "./orphans.ts";
import { systemClock } from "../platform/machine/clock.ts";
import { openLaunchd, type Launchd } from "../platform/launchd/launchd.ts";
import { isSameProcess, processStartTime } from "../platform/processes/process-identity.ts";
import { closeHealed, nothingRestored, restore, type RestoreResult } from "../service/restore.ts";
import { lookAtDownProviders } from "../change/down-provider.ts";
import { settleApplications } from "../change/settle.ts";
import { tellEnds } from "./tell-ends.ts";
import type { Owner } from "../store/active-place.ts";
import type { Store } from "../store/store.ts";

export interface RecoverOptions {
  store: Store;
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Try again what was given up before: only on the user's word. */
  retryFailed: boolean;
  /** What another living process is bringing back: wait until it has, or leave it to that process. */
  waitForOthers: boolean;
  /** Say which provider an apply or revert left down. */
  tellDown?: boolean;
  /** Ends the telling. What is being brought back is brought back all the same. */
  signal?: AbortSignal;
}

/** This process, as rows name it. */
export const selfOwner = (): Owner => ({ pid: process.pid, pidStartedAt: processStartTime(process.pid) ?? "unknown" });

/**
 * Leave no drained Mac behind. Quick when there is nothing to do: a few reads. What a living worker drained is its own to
 * bring back.
 * @returns what came back and what could not
 */
export async function recover(options: RecoverOptions): Promise<RestoreResult> {
  const { store, env, log, signal } = options;
  await closeDeadRuns(store, (text) => log.warn(text), env);
  settleApplications(store, (text) => log.warn(text));
  const launchdOnce = once(() => openLaunchd({ env, uid: process.getuid?.() ?? 0 }));
  if (options.tellDown === true) await lookAtDownProviders(store, launchdOnce, log);
  const result = await restoreDue(options, launchdOnce);
  await tellEnds({ store, env, log, self: selfOwner(), signal });
  return result;
}

async function restoreDue(
  { store, log, retryFailed, waitForOthers }: RecoverOptions,
  launchdOnce: () => Promise<Launchd | null>,
): Promise<RestoreResult> {
  const journal = store.drains;
  if (journal.open().length + journal.failed().length === 0) return nothingRestored();
  const launchd = await launchdOnce();
  if (launchd) await closeHealed(journal, launchd);
  return restore({
    journal,
    launchd,
    clock: systemClock,
    log,
    self: selfOwner(),
    isAlive: isSameProcess,
    retryFailed,
    waitForOthers,
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
