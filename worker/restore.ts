// Bring back what the journal says was taken out, newest first, each verified before its entry is closed. Safe at any time,
// from any process, any number of times: the worker, its guard, the next command. Never throws.
// Source: contract §5.
import { spawn } from "node:child_process";
import type { Clock, Log } from "./context.ts";
import {
  repairCommands,
  type Drained,
  type DrainedForeground,
  type DrainedLaunchd,
  type OpenDrain,
} from "./core/drained.ts";
import { errorText } from "./core/errors.ts";
import { describeAnswer } from "./core/launchctl-output.ts";
import type { Launchd } from "./platform/launchd.ts";
import { findListeners } from "./platform/port-listener.ts";
import { isSameProcess } from "./platform/process-identity.ts";
import type { IsAlive, Owner } from "./store/active-place.ts";
import type { DrainJournal, JournalEntry } from "./store/drain-journal.ts";

export interface RestoreOptions {
  journal: DrainJournal;
  launchd: Launchd | null;
  clock: Clock;
  log: Log;
  self: Owner;
  isAlive: IsAlive;
  /** Also entries that were given up before. */
  retryFailed: boolean;
}

export interface RestoreResult {
  restored: string[];
  failed: OpenDrain[];
}

/** launchd needs seconds to free a label, and some Macs much longer. Source: contract §5 (at least 60 s). */
const TRY_FOR_MS = 90_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** The provider's port opens after its model is loaded. */
const ANSWER_WITHIN_MS = 300_000;

/** Bring back all that is due. @returns what came back and what did not; entries that others are at are waited for. */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const result: RestoreResult = { restored: [], failed: [] };
  const due = [...options.journal.open(), ...(options.retryFailed ? options.journal.failed() : [])]
    .filter((entry) => isSelf(entry.owner, options.self) || !options.isAlive(entry.owner.pid, entry.owner.pidStartedAt))
    .sort((a, b) => b.id - a.id);
  for (const entry of due) {
    if (!options.journal.claim(entry.id, options.self, options.isAlive)) {
      await settledByOthers(entry, options);
      continue;
    }
    const problem = await bringBack(entry, options);
    options.journal.unclaim(entry.id);
    if (problem === null) result.restored.push(entry.name);
    else
      result.failed.push({
        name: entry.name,
        state: "failed",
        lastError: problem,
        commands: repairCommands(entry.service),
      });
  }
  return result;
}

/** How one entry ended: where its journal row goes, and why not, if it was given up. */
type Ended = { state: "restored" | "left_out" } | { state: "failed"; problem: string };

async function bringBack(entry: JournalEntry, options: RestoreOptions): Promise<string | null> {
  const { service } = entry;
  options.log.info(`Bringing back ${entry.name}`);
  const untouched = entry.state === "intended" && (await staysAlive(service, options));
  const ended: Ended = untouched ? { state: "restored" } : await bringBackNow(entry.id, service, options);
  const problem = ended.state === "failed" ? ended.problem : null;
  options.journal.move(entry.id, ended.state, problem);
  return problem;
}

function bringBackNow(id: number, service: Drained, options: RestoreOptions): Promise<Ended> {
  return service.kind === "launchd" ? bringBackService(id, service, options) : bringBackForeground(service, options);
}

/** Longer than launchd's own ExitTimeOut of 20 s. */
const STAYS_MS = 25_000;

/**
 * Whoever wrote the intent may have died before, while or after it told the process to end. Only a process that outlives
 * the longest way to end was never told. It serves meanwhile.
 */
async function staysAlive(service: Drained, { clock, launchd }: RestoreOptions): Promise<boolean> {
  const pids = service.kind === "launchd" ? service.pids : [service.pid];
  const asBefore = async () => {
    if (service.kind === "foreground") return isSameProcess(service.pid, service.startedAt);
    return pids.some((pid) => isSameProcess(pid, null)) && launchd !== null && (await isLoaded(launchd, service));
  };
  const deadline = clock.nowMs() + STAYS_MS;
  while (await asBefore()) {
    if (clock.nowMs() >= deadline) return true;
    await clock.sleep(200);
  }
  return false;
}

/** enable, bootstrap, ask; again with longer pauses. Loaded already (a reboot, a watchdog) is as good. */
async function bringBackService(id: number, service: DrainedLaunchd, options: RestoreOptions): Promise<Ended> {
  const { launchd, clock, journal } = options;
  if (!launchd) return { state: "failed", problem: "there is no launchctl on PATH" };
  const deadline = clock.nowMs() + TRY_FOR_MS;
  let problem = "not tried";
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      if (await isLoaded(launchd, service)) return answers(service, options);
      const enabled = await launchd.enable(service.domain, service.label);
      const { meaning, answer } = await launchd.bootstrap(service.domain, service.plistPath);
      problem = describeAnswer("bootstrap", answer);
      if (meaning === "disabled" && enabled.meaning !== "done")
        problem += `; ${describeAnswer("enable", enabled.answer)}`;
      if (await isLoaded(launchd, service)) return await answers(service, options);
    } catch (error) {
      problem = errorText(error);
    }
    journal.attempted(id, problem);
    if (clock.nowMs() >= deadline) return { state: "failed", problem };
    await clock.sleep(pauseMs);
  }
}

async function isLoaded(launchd: Launchd, service: DrainedLaunchd): Promise<boolean> {
  return (await launchd.printService(service.domain, service.label)).state === "loaded";
}

/** Loaded is not yet serving: one of the ports it had must be listened on again. */
async function answers(service: Drained, { clock, log }: RestoreOptions): Promise<Ended> {
  if (service.ports.length === 0) return { state: "restored" };
  const deadline = clock.nowMs() + ANSWER_WITHIN_MS;
  for (let told = false; clock.nowMs() < deadline;) {
    const listeners = await Promise.all(service.ports.map(findListeners));
    if (listeners.flat().length > 0) return { state: "restored" };
    if (!told) log.info(`Waiting for it to answer on port ${service.ports.join(" or ")}`);
    told = true;
    await clock.sleep(200);
  }
  const problem = `it was started, but does not answer on port ${service.ports.join(" or ")} after ${ANSWER_WITHIN_MS / 1000} s`;
  return { state: "failed", problem };
}

async function bringBackForeground(service: DrainedForeground, options: RestoreOptions): Promise<Ended> {
  if (!service.restart) {
    const command = repairCommands(service).join("; ");
    options.log.warn(
      `foreground-PID-${service.pid} was stopped and is not started again (no --restart-foreground). To start it: ${command}`,
    );
    return { state: "left_out" };
  }
  const [program, ...args] = service.argv;
  if (program === undefined || service.env === null)
    return { state: "failed", problem: "its command line is not known" };
  try {
    await startDetached(program, args, service);
  } catch (error) {
    return { state: "failed", problem: errorText(error) };
  }
  return answers(service, options);
}

function startDetached(program: string, args: string[], service: DrainedForeground): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: "ignore",
      env: service.env ?? {},
      ...(service.cwd === null ? {} : { cwd: service.cwd }),
    });
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}

/** Another living process is bringing it back: wait until it has, or has died. */
async function settledByOthers(entry: JournalEntry, options: RestoreOptions): Promise<void> {
  const { journal, clock } = options;
  const deadline = clock.nowMs() + TRY_FOR_MS + ANSWER_WITHIN_MS;
  while (clock.nowMs() < deadline && journal.open().some((open) => open.id === entry.id)) await clock.sleep(200);
}

const isSelf = (owner: Owner, self: Owner): boolean =>
  owner.pid === self.pid && owner.pidStartedAt === self.pidStartedAt;
