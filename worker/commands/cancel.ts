// `cancel`: ask the active run to stop and restore, and wait until it has.
// Source: contract §3.
import { setTimeout as delay } from "node:timers/promises";
import { AutotuneError } from "../core/errors.ts";
import { isSameProcess } from "../platform/process-identity.ts";
import type { Store } from "../store/store.ts";
import { say, type Io } from "./io.ts";

/** The candidate's grace, the drain's grace and the restore's retries fit in here, ms. */
const WAIT_MS = 240_000;

/** @returns 0 once no run is active. @throws AutotuneError internal_error if the run does not end in time */
export async function cancelRun(store: Store, io: Io): Promise<number> {
  store.closeDeadRuns(isSameProcess);
  const active = store.readers.activeRun();
  if (!active) {
    say(io.stdout, "No run is active.");
    return 0;
  }
  process.kill(active.pid, "SIGTERM");
  say(io.stderr, `Asked run ${active.run_id} (pid ${active.pid}) to stop.`);
  const deadline = performance.now() + WAIT_MS;
  while (store.readers.activeRun()?.run_id === active.run_id) {
    io.signal.throwIfAborted();
    if (performance.now() > deadline)
      throw new AutotuneError("internal_error", `run ${active.run_id} has not stopped after ${WAIT_MS / 1000} s`, {
        remedy: `Look at it with \`mlx-autotune status\`; its process is ${active.pid}.`,
      });
    await delay(100);
    store.closeDeadRuns(isSameProcess);
  }
  say(io.stdout, `Run ${active.run_id} has stopped: ${store.readers.run(active.run_id).exit_reason ?? "unknown"}.`);
  return 0;
}
