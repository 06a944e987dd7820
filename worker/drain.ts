// Take the live provider out of service: watchdogs first, each written down before it is touched, each proven to be gone.
// Never SIGKILL. What was written down and not undone is for restore.ts. Source: contract §5.
import { access } from "node:fs/promises";
import type { Clock, Log } from "./context.ts";
import { describeLive } from "./core/conflict.ts";
import {
  drainedForeground,
  drainedName,
  drainedService,
  type Drained,
  type DrainedForeground,
  type DrainedLaunchd,
} from "./core/drained.ts";
import { AutotuneError, errorText } from "./core/errors.ts";
import { describeAnswer } from "./core/launchctl-output.ts";
import type { ForegroundProvider, LaunchdProvider, LiveProvider } from "./core/live-provider.ts";
import type { Launchd } from "./platform/launchd.ts";
import { isSameProcess } from "./platform/process-identity.ts";
import { readSurroundings } from "./platform/processes.ts";
import { step } from "./step.ts";
import type { Owner } from "./store/active-place.ts";
import type { DrainJournal } from "./store/drain-journal.ts";

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
  for (const live of found) {
    signal.throwIfAborted();
    const service = await describe(live, options);
    options.log.info(`Draining ${describeLive(live)}`);
    const id = options.journal.intend(options.runId, service, options.owner);
    if (service.kind === "launchd") await bootOut(service, options, signal);
    else await endForeground(service, options, signal);
    options.journal.markOut(id);
  }
}

/** What bringing it back will need. What could not be brought back is not taken out. */
async function describe(live: LiveProvider, options: DrainOptions): Promise<Drained> {
  if (live.kind === "launchd-managed") return describeService(live, options);
  if (live.kind === "foreground") return describeForeground(live, options);
  throw conflict(`${describeLive(live)} cannot be drained`, "Choose another --port.");
}

async function describeService(live: LaunchdProvider, { launchd }: DrainOptions): Promise<DrainedLaunchd> {
  const byHand = "Stop it yourself, then run again.";
  if (!launchd) throw conflict(`there is no launchctl to drain ${describeLive(live)} with`, byHand);
  await access(live.plistPath).catch((error: unknown) => {
    throw conflict(`${describeLive(live)} could not be brought back: ${errorText(error)}`, byHand);
  });
  return drainedService(live);
}

/** The environment may hold secrets, so it is only kept where the process is to be started again. */
async function describeForeground(live: ForegroundProvider, options: DrainOptions): Promise<DrainedForeground> {
  const process = live.processes.find((one) => one.pid === live.pid);
  const around = process ? await readSurroundings(process) : { argv: [], doubt: "it has ended", cwd: null, env: null };
  if (options.restartForeground && (around.env === null || around.argv.length === 0 || around.doubt !== null)) {
    throw conflict(
      `${describeLive(live)} could not be started again: ${around.doubt ?? "its command line or environment cannot be read"}`,
      "Leave out --restart-foreground, or stop it yourself.",
    );
  }
  return drainedForeground(live, around, options.restartForeground);
}

const BOOTOUT_TRIES = 3;
const BOOTOUT_PAUSE_MS = 1_000;

async function bootOut(service: DrainedLaunchd, options: DrainOptions, signal: AbortSignal): Promise<void> {
  const { launchd, clock } = options;
  if (!launchd) return;
  for (let tries = 1; ; tries += 1) {
    const { meaning, answer } = await step("drain.bootout", () => launchd.bootout(service.domain, service.label));
    if (meaning !== "failed" || (await isAbsent(launchd, service))) break;
    if (tries === BOOTOUT_TRIES) {
      const why = describeAnswer("bootout", answer);
      throw conflict(`${drainedName(service)} cannot be drained: ${why}`, "Stop it yourself, then run again.");
    }
    await clock.sleep(BOOTOUT_PAUSE_MS, signal);
  }
  // Gone means: launchd does not know it and no process of it is left, whatever some port looks like.
  await waitUntil(async () => (await isAbsent(launchd, service)) && allGone(service), service, options, signal);
}

async function isAbsent(launchd: Launchd, { domain, label }: DrainedLaunchd): Promise<boolean> {
  return (await launchd.printService(domain, label)).state === "absent";
}

/** Providers that the ended one had started get their own SIGTERM, if they outlive it. */
async function endForeground(service: DrainedForeground, options: DrainOptions, signal: AbortSignal): Promise<void> {
  for (const process of service.processes) {
    if (isSameProcess(process.pid, process.startedAt)) terminate(process.pid, service);
    const gone = () => !isSameProcess(process.pid, process.startedAt);
    await waitUntil(() => Promise.resolve(gone()), service, options, signal);
  }
}

function terminate(pid: number, service: DrainedForeground): void {
  try {
    step("drain.sigterm", () => process.kill(pid, "SIGTERM"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw conflict(
      `${drainedName(service)} cannot be stopped: ${errorText(error)}`,
      "Stop it yourself, then run again.",
    );
  }
}

function allGone({ processes }: Drained): boolean {
  return !processes.some((one) => isSameProcess(one.pid, one.startedAt));
}

const POLL_MS = 100;

async function waitUntil(
  gone: () => Promise<boolean>,
  service: Drained,
  { clock, graceS }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.nowMs() + graceS * 1000;
  while (!(await gone())) {
    if (clock.nowMs() >= deadline) {
      throw conflict(
        `${drainedName(service)} has not ended within ${graceS} s of being told to (--drain-grace ${graceS})`,
        "Give it more time with --drain-grace, or stop it yourself. It is never killed.",
      );
    }
    await clock.sleep(POLL_MS, signal);
  }
}

function conflict(message: string, remedy: string): AutotuneError {
  return new AutotuneError("provider_conflict", message, { remedy });
}
