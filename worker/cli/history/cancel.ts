// `cancel`: ask the active run to stop and restore, and wait until it has.
import { setTimeout as delay } from "node:timers/promises";
import { AutotuneError } from "../../core/errors.ts";
import { pollPauseMs } from "../../core/poll-pause.ts";
import { closeDeadRuns } from "../../recovery/orphans.ts";
import { step } from "../../step.ts";
import type { ActivePlace } from "../../store/active-place.ts";
import type { Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";

/** The candidate's grace, the drain's grace and the restore's retries fit in here, ms. */
const WAIT_MS = 480_000;
/** ms; between the first two looks. */
const FIRST_PAUSE_MS = 100;

/**
 * @returns 0 once the run that was active has stopped, also if none was
 * @throws AutotuneError internal_error if the run does not end in time; the signal's reason if the waiting is interrupted
 */
export async function cancelRun(store: Store, io: Io): Promise<number> {
  const active = store.activePlace();
  if (active === null) {
    say(io.stdout, "No run is active.");
    return 0;
  }
  askToStop(active, io);
  await untilStopped(active, store, io);
  say(io.stdout, `Run ${active.runId} has stopped: ${store.readers.run(active.runId).exit_reason ?? "unknown"}.`);
  return 0;
}

function askToStop({ runId, pid }: ActivePlace, io: Io): void {
  try {
    step("cancel.sigterm", () => process.kill(pid, "SIGTERM"));
    say(io.stderr, `Asked run ${runId} (pid ${pid}) to stop; its candidate ends in its own time.`);
  } catch (error) {
    // It has ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function untilStopped(active: ActivePlace, store: Store, io: Io): Promise<void> {
  const since = performance.now();
  while (store.activePlace()?.runId === active.runId) {
    io.signal.throwIfAborted();
    const waitedMs = performance.now() - since;
    if (waitedMs > WAIT_MS)
      throw new AutotuneError("internal_error", `run ${active.runId} has not stopped after ${WAIT_MS / 1000} s`, {
        remedy: `Look at it with \`mlx-autotune status\`; its process is ${active.pid}.`,
      });
    await delay(pollPauseMs(waitedMs, FIRST_PAUSE_MS));
    await closeDeadRuns(store, (text) => say(io.stderr, text));
  }
}
