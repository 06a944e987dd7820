// Take the live provider out of service: watchdogs first, each written down before it is touched, each proven to be gone.
// Never SIGKILL. What was written down and not undone is for restore.ts. Source: contract §5.
import { bootOut } from "./boot-out.ts";
import type { Clock, Log } from "../context.ts";
import { describeLive } from "../core/live/conflict.ts";
import {
  drainedForeground,
  drainedName,
  drainedService,
  type Drained,
  type DrainedForeground,
  type DrainedLaunchd,
} from "../core/launchd/drained.ts";
import { AutotuneError } from "../core/errors.ts";
import type { ForegroundProvider, LaunchdProvider, LiveProvider } from "../core/live/live-provider.ts";
import { pollPauseMs } from "../core/poll-pause.ts";
import { bootstrapObstacle } from "../platform/launchd/bootstrap-check.ts";
import type { Launchd } from "../platform/launchd/launchd.ts";
import { readSurroundings } from "../platform/processes/processes.ts";
import { lives, tellToEnd } from "../platform/processes/tell-to-end.ts";
import type { Owner } from "../store/active-place.ts";
import type { DrainJournal } from "../store/drain-journal.ts";

export interface DrainOptions {
  runId: string;
  owner: Owner;
  launchd: Launchd | null;
  journal: DrainJournal;
  clock: Clock;
  log: Log;
  graceS: number;
  restartForeground: boolean;
}

/**
 * Drain everything that was found, in the order found.
 * @throws AutotuneError provider_conflict if something does not go; the signal's reason between two steps
 */
export async function drain(found: LiveProvider[], options: DrainOptions, signal: AbortSignal): Promise<void> {
  const services: Drained[] = [];
  for (const live of found) services.push(await describe(live, options, signal));
  for (const [at, service] of services.entries()) {
    signal.throwIfAborted();
    options.log.info(`Draining ${found[at] === undefined ? drainedName(service) : describeLive(found[at])}`);
    const id = options.journal.intend(options.runId, service, options.owner);
    const onTold = () => options.journal.tell(id);
    if (service.kind === "foreground") await endForeground(service, { ...options, onTold }, signal);
    else if (options.launchd) await bootOut(service, { ...options, launchd: options.launchd, onTold }, signal);
    options.journal.markOut(id);
  }
}

/** What bringing it back will need. What could not be brought back is not taken out. */
async function describe(live: LiveProvider, options: DrainOptions, signal: AbortSignal): Promise<Drained> {
  if (live.kind === "launchd-managed") return describeService(live, options);
  if (live.kind === "foreground") return describeForeground(live, options, signal);
  throw conflict(`${describeLive(live)} cannot be drained`, "Choose another --port.");
}

async function describeService(live: LaunchdProvider, { launchd, graceS }: DrainOptions): Promise<DrainedLaunchd> {
  if (!launchd) throw conflict(`there is no launchctl to drain ${describeLive(live)} with`, BY_HAND);
  const obstacle = await bootstrapObstacle(live, launchd);
  if (obstacle !== null)
    throw conflict(
      `${describeLive(live)} is left alone, as launchd would not load it again: ${obstacle.text}`,
      `${obstacle.remedy} Or stop it yourself, then run again.`,
    );
  return drainedService(live, graceS);
}

const BY_HAND = "Stop it yourself, then run again.";

/** The environment may hold secrets, so it is only kept where the process is to be started again. */
async function describeForeground(
  live: ForegroundProvider,
  { restartForeground: restart, graceS }: DrainOptions,
  signal: AbortSignal,
): Promise<DrainedForeground> {
  const process = live.processes.find((one) => one.pid === live.pid);
  const around = process
    ? await readSurroundings(process, { signal })
    : { argv: [], doubt: "it has ended", cwd: null, env: null };
  if (restart && (around.env === null || around.argv.length === 0 || around.doubt !== null)) {
    throw conflict(
      `${describeLive(live)} could not be started again: ${around.doubt ?? "its command line or environment cannot be read"}`,
      "Leave out --restart-foreground, or stop it yourself.",
    );
  }
  return drainedForeground(live, around, { restart, graceS });
}

/** Providers that the ended one had started get their own SIGTERM, if they outlive it. */
async function endForeground(
  service: DrainedForeground,
  { clock, graceS, onTold }: DrainOptions & { onTold: () => void },
  signal: AbortSignal,
): Promise<void> {
  onTold();
  for (const process of service.processes) {
    const problem = tellToEnd(process);
    if (problem !== null) throw conflict(`${drainedName(service)} cannot be stopped: ${problem}`, BY_HAND);
    const since = clock.nowMs();
    while (lives(process)) {
      const waitedMs = clock.nowMs() - since;
      if (waitedMs >= graceS * 1000)
        throw conflict(
          `${drainedName(service)} has not ended within ${graceS} s of being told to (--drain-grace ${graceS})`,
          "Give it more time with --drain-grace, or stop it yourself. It is never killed.",
        );
      await clock.sleep(pollPauseMs(waitedMs, FIRST_PAUSE_MS), signal);
    }
  }
}

/** ms between the first two looks. */
const FIRST_PAUSE_MS = 100;

function conflict(message: string, remedy: string): AutotuneError {
  return new AutotuneError("provider_conflict", message, { remedy });
}
