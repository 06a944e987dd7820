// What every command does first: close the run of a dead worker, stop its orphaned candidate, bring back what it drained.
// The guard does the same the moment the worker is gone. Source: contract §5.
import type { Log } from "./context.ts";
import { closeDeadRuns } from "./orphans.ts";
import { systemClock } from "./platform/clock.ts";
import { openLaunchd } from "./platform/launchd.ts";
import { isSameProcess, processStartTime } from "./platform/process-identity.ts";
import { restore, type RestoreResult } from "./restore.ts";
import type { Owner } from "./store/active-place.ts";
import type { Store } from "./store/store.ts";

export interface RecoverOptions {
  store: Store;
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Try again what was given up before: only on the user's word. */
  retryFailed: boolean;
}

/** This process, as rows name it. */
export const selfOwner = (): Owner => ({ pid: process.pid, pidStartedAt: processStartTime(process.pid) ?? "unknown" });

/** Quick when there is nothing to do: a few reads. What a living owner drained is its own to bring back. @returns what came back and what could not */
export async function recover({ store, env, log, retryFailed }: RecoverOptions): Promise<RestoreResult> {
  await closeDeadRuns(store, (text) => log.warn(text));
  const due = store.drains.open().length + (retryFailed ? store.drains.failed().length : 0);
  if (due === 0) return { restored: [], failed: [] };
  const launchd = await openLaunchd({ env, uid: process.getuid?.() ?? 0 });
  const self = selfOwner();
  return restore({
    journal: store.drains,
    launchd,
    clock: systemClock,
    log,
    self,
    isAlive: isSameProcess,
    retryFailed,
  });
}
