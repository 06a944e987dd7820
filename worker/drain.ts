// Take the live provider out of service: watchdogs first, each written down before it is touched, each proven to be gone.
// Never SIGKILL. Source: contract §5.
import type { Clock, Log } from "./context.ts";
import { describeLive } from "./core/conflict.ts";
import { drainedName, drainedService, type Drained, type DrainedForeground } from "./core/drained.ts";
import { AutotuneError, errorText } from "./core/errors.ts";
import { describeAnswer } from "./core/launchctl-output.ts";
import type { ForegroundProvider, LiveProvider } from "./core/live-provider.ts";
import type { Launchd } from "./platform/launchd.ts";
import { isSameProcess, processStartTime } from "./platform/process-identity.ts";
import { readSurroundings } from "./platform/processes.ts";
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
 * Drain everything that was found, in the order found. What was written down and not undone is for `restore`.
 * @throws AutotuneError provider_conflict if something does not go; the signal's reason between two steps
 */
export async function drain(found: LiveProvider[], options: DrainOptions, signal: AbortSignal): Promise<void> {
  for (const live of found) {
    signal.throwIfAborted();
    const service = await describe(live, options);
    options.log.info(`Draining ${describeLive(live)}`);
    const id = options.journal.intend(options.runId, service, options.owner);
    await takeOut(service, options, signal);
    options.journal.move(id, "out");
  }
}

async function describe(live: LiveProvider, options: DrainOptions): Promise<Drained> {
  if (live.kind === "launchd-managed") return drainedService(live);
  if (live.kind === "foreground") return foregroundService(live, options);
  throw new AutotuneError("provider_conflict", `${describeLive(live)} cannot be drained`, {
    remedy: "Choose another --port.",
  });
}

/** The environment may hold secrets, so it is only read where the process is to be started again. */
async function foregroundService(live: ForegroundProvider, options: DrainOptions): Promise<DrainedForeground> {
  const process = live.processes.find((one) => one.pid === live.pid) ?? live.processes[0];
  const around = process ? await readSurroundings(process) : { argv: [], cwd: null, env: null };
  if (options.restartForeground && around.env === null) {
    throw new AutotuneError(
      "provider_conflict",
      `${describeLive(live)} could not be started again: its environment cannot be read`,
      {
        remedy: "Leave out --restart-foreground, or stop it yourself.",
      },
    );
  }
  return {
    kind: "foreground",
    pid: live.pid,
    startedAt: processStartTime(live.pid) ?? "unknown",
    argv: around.argv,
    cwd: around.cwd,
    env: options.restartForeground ? around.env : null,
    restart: options.restartForeground,
    ports: live.listening,
  };
}

async function takeOut(service: Drained, options: DrainOptions, signal: AbortSignal): Promise<void> {
  if (service.kind === "foreground") {
    terminate(service);
    return waitGone(service, () => Promise.resolve(!isSameProcess(service.pid, service.startedAt)), options, signal);
  }
  const { launchd } = options;
  if (!launchd)
    throw new AutotuneError("provider_conflict", "there is no launchctl to drain with", {
      remedy: "Run it on the Mac's own PATH.",
    });
  const { meaning, answer } = await launchd.bootout(service.domain, service.label);
  if (meaning === "failed" && (await launchd.printService(service.domain, service.label)).state !== "absent") {
    throw new AutotuneError(
      "provider_conflict",
      `${drainedName(service)} cannot be drained: ${describeAnswer("bootout", answer)}`,
      {
        remedy: "Stop it yourself, then run again.",
      },
    );
  }
  const gone = async () =>
    (await launchd.printService(service.domain, service.label)).state === "absent" &&
    !service.pids.some((pid) => processStartTime(pid) !== null);
  return waitGone(service, gone, options, signal);
}

function terminate(service: DrainedForeground): void {
  if (!isSameProcess(service.pid, service.startedAt)) return;
  try {
    process.kill(service.pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new AutotuneError("provider_conflict", `${drainedName(service)} cannot be stopped: ${errorText(error)}`, {
      remedy: "Stop it yourself, then run again.",
    });
  }
}

const POLL_MS = 100;

/** Gone means: launchd does not know it and no process of it is left, whatever some port looks like. */
async function waitGone(
  service: Drained,
  gone: () => Promise<boolean>,
  { clock, graceS }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.nowMs() + graceS * 1000;
  while (!(await gone())) {
    if (clock.nowMs() >= deadline) {
      throw new AutotuneError(
        "provider_conflict",
        `${drainedName(service)} has not ended within ${graceS} s of being told to (--drain-grace ${graceS})`,
        {
          remedy: "Give it more time with --drain-grace, or stop it yourself. It is never killed.",
        },
      );
    }
    await clock.sleep(POLL_MS, signal);
  }
}
