// Bring one drained launchd service back, and prove that it serves. Loaded already (a reboot, a watchdog, the user's own hand) is
// as good, unless it is on its way out.
import type { Clock, Log } from "../context.ts";
import { drainedName, type Drained, type DrainedLaunchd } from "../core/launchd/drained.ts";
import { errorText } from "../core/errors.ts";
import { describeAnswer, isEnding } from "../core/launchd/launchctl-output.ts";
import { pollPauseMs } from "../core/poll-pause.ts";
import type { Launchd, ServiceAnswer } from "../platform/launchd/launchd.ts";
import { watchLoad, type LoadLimits } from "./load-watch.ts";
import { answersFrom } from "../platform/processes/port-answers.ts";
import { lives } from "../platform/processes/tell-to-end.ts";
import { step } from "../step.ts";

/** How one entry ended: where its journal row goes, and why not, if it was given up. */
export type Ended = { state: "restored" | "left_out" } | { state: "failed"; problem: string };

export interface BringBackOptions {
  launchd: Launchd | null;
  clock: Clock;
  log: Log;
  limits: RestoreLimits;
  /** Told after every try that did not succeed. */
  attempted: (problem: string) => void;
}

/** From loaded to answering: its port opens after its model is loaded. */
export interface RestoreLimits extends LoadLimits {
  /** ms of tries to load or start it. */
  tryForMs: number;
  /** ms after which one that listened nowhere when it was taken out counts as back if only it runs. */
  settleMs: number;
}

/**
 * launchd needs seconds to free a label, and some Macs much longer. Source: contract §5 (at least 60 s). Cold starts of 155 s were
 * seen, and the provider's own app waits for 600 s.
 */
export const RESTORE_LIMITS: RestoreLimits = {
  tryForMs: 90_000,
  answerWithinMs: 300_000,
  loadWithinMs: 900_000,
  stalledMs: 30_000,
  settleMs: 30_000,
};
export const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5_000;
/** ms to the next look; the first ones are not worth more: each runs several programs. */
export const pollMs = (waitedMs: number): number => pollPauseMs(waitedMs, FIRST_PAUSE_MS);

/** enable, bootstrap, ask; again with longer pauses; then wait until it answers. */
export async function bringBackService(service: DrainedLaunchd, options: BringBackOptions): Promise<Ended> {
  const { launchd, clock, limits } = options;
  if (!launchd) return { state: "failed", problem: "there is no launchctl on PATH" };
  let deadline = clock.nowMs() + limits.tryForMs;
  for (;;) {
    if (await hasWaitedForEnd(service, launchd, options)) deadline = clock.nowMs() + limits.tryForMs;
    const problem = await load(service, launchd, deadline, options);
    if (problem !== null) return { state: "failed", problem };
    const loadedMs = clock.nowMs();
    const outcome = await untilServing(service, launchd, options);
    if (outcome === "serves") return { state: "restored" };
    if (outcome === "silent") return { state: "failed", problem: silence(service, clock.nowMs() - loadedMs) };
    // A bootout that was under way had not taken its label yet: once more.
    if (clock.nowMs() >= deadline) return { state: "failed", problem: "it was loaded and taken out again" };
  }
}

/** launchd gives no label away before its process has ended. @returns whether there was anything to wait for */
async function hasWaitedForEnd(
  { domain, label }: DrainedLaunchd,
  launchd: Launchd,
  { clock, limits, log }: BringBackOptions,
): Promise<boolean> {
  const since = clock.nowMs();
  for (let waited = false; ; waited = true) {
    const answer = await launchd.printService(domain, label);
    const ending = answer.state === "loaded" && isEnding(answer.service);
    if (!ending || clock.nowMs() - since >= limits.loadWithinMs) return waited;
    if (!waited) log.info(`Waiting until launchd-managed ${label} has ended, which launchd has told it to`);
    await clock.sleep(pollMs(clock.nowMs() - since));
  }
}

/** @returns null once `print` says loaded, else why not */
async function load(
  service: DrainedLaunchd,
  launchd: Launchd,
  deadline: number,
  { clock, attempted }: BringBackOptions,
): Promise<string | null> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    let problem: string;
    try {
      if (await isLoaded(launchd, service)) return null;
      problem = await enableAndBootstrap(service, launchd);
      if (await isLoaded(launchd, service)) return null;
    } catch (error) {
      problem = errorText(error);
    }
    attempted(problem);
    if (clock.nowMs() >= deadline) return problem;
    await clock.sleep(pauseMs);
  }
}

/** @returns what bootstrap answered; whether it worked is for `print` to say */
async function enableAndBootstrap({ domain, label, plistPath }: DrainedLaunchd, launchd: Launchd): Promise<string> {
  const enabled = await step("restore.enable", () => launchd.enable(domain, label));
  const { meaning, answer } = await step("restore.bootstrap", () => launchd.bootstrap(domain, plistPath));
  const said = describeAnswer("bootstrap", answer);
  const refused = meaning === "disabled" && enabled.meaning !== "done";
  return refused ? `${said}; ${describeAnswer("enable", enabled.answer)}` : said;
}

/** One that launchd waits for the end of is loaded no longer. */
async function isLoaded(launchd: Launchd, { domain, label }: DrainedLaunchd): Promise<boolean> {
  const answer = await launchd.printService(domain, label);
  return answer.state === "loaded" && !isEnding(answer.service);
}

/** ms that a loaded job may have no process before it is started by hand, e.g. one without RunAtLoad. */
const KICK_AFTER_MS = 2_000;

/** Loaded is not yet serving. @returns "gone" if the label is absent (again) */
async function untilServing(
  service: DrainedLaunchd,
  launchd: Launchd,
  { clock, limits, log }: BringBackOptions,
): Promise<"serves" | "silent" | "gone"> {
  const since = clock.nowMs();
  const load = watchLoad(limits, clock);
  let kickedAtMs = since;
  for (let told = false; ; told = true) {
    const answer = await launchd.printService(service.domain, service.label);
    if (answer.state === "absent" || answer.state === "no-session") return "gone";
    if (answer.state === "loaded" && isEnding(answer.service)) return "gone";
    if (await serves(service, answer)) return "serves";
    const nowMs = clock.nowMs();
    if (service.wasSilent && nowMs - since >= limits.settleMs) return isIdle(answer) ? "silent" : "serves";
    const pid = answer.state === "loaded" ? answer.service.pid : null;
    if (!service.wasSilent && !(await load.mayGoOn(pid))) return "silent";
    if (isIdle(answer) && nowMs - kickedAtMs >= KICK_AFTER_MS) {
      await step("restore.kickstart", () => launchd.kickstart(service.domain, service.label, false));
      kickedAtMs = clock.nowMs();
    }
    if (!told) log.info(`Waiting until ${drainedName(service)} answers${onPorts(service)}`);
    await clock.sleep(pollMs(clock.nowMs() - since));
  }
}

/** Whether a service is as it was: one that ran runs, and one of its ports answers. One that we told to end is no longer it. */
export async function serves(service: DrainedLaunchd, answer: ServiceAnswer): Promise<boolean> {
  if (answer.state !== "loaded" || isEnding(answer.service)) return false;
  const { pid } = answer.service;
  if (service.told === true && service.processes.some((one) => one.pid === pid && lives(one))) return false;
  if (service.processes.length === 0) return true;
  if (pid === null) return false;
  if (service.ports.length === 0) return true;
  return (await Promise.all(service.ports.map((port) => answersFrom(pid, port)))).includes(true);
}

const isIdle = (answer: ServiceAnswer): boolean => answer.state === "loaded" && answer.service.pid === null;

/** e.g. " on port 8080", or "" where no port is known. */
export const onPorts = ({ ports }: Drained): string => (ports.length === 0 ? "" : ` on port ${ports.join(" or ")}`);

export function silence(service: Drained, afterMs: number): string {
  return `it was started, but does not answer${onPorts(service)} after ${afterMs < 10_000 ? Math.round(afterMs / 100) / 10 : Math.round(afterMs / 1000)} s`;
}
