// Bring one drained launchd service back, and prove that it serves. Loaded already (a reboot, a watchdog, the user's own hand) is
// as good. What a dead worker may or may not have told to end is given the time to end first. Source: contract §5.
import type { Clock, Log } from "./context.ts";
import { drainedName, type Drained, type DrainedLaunchd } from "./core/drained.ts";
import { errorText } from "./core/errors.ts";
import { describeAnswer } from "./core/launchctl-output.ts";
import type { Launchd, ServiceAnswer } from "./platform/launchd.ts";
import { answersFrom } from "./platform/port-answers.ts";
import { isSameProcess } from "./platform/process-identity.ts";
import { tryListProcesses } from "./platform/processes.ts";
import { step } from "./step.ts";

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

export interface RestoreLimits {
  /** ms of tries to load or start it. */
  tryForMs: number;
  /** ms from loaded to answering: its port opens after its model is loaded. */
  answerWithinMs: number;
  /** ms after which one that listened nowhere when it was taken out counts as back if only it runs. */
  settleMs: number;
}

/** launchd needs seconds to free a label, and some Macs much longer. Source: contract §5 (at least 60 s). */
export const RESTORE_LIMITS: RestoreLimits = { tryForMs: 90_000, answerWithinMs: 300_000, settleMs: 30_000 };
export const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5_000;
export const POLL_MS = 250;

/** enable, bootstrap, ask; again with longer pauses; then wait until it answers. */
export async function bringBackService(service: DrainedLaunchd, options: BringBackOptions): Promise<Ended> {
  const { launchd, clock, limits } = options;
  if (!launchd) return { state: "failed", problem: "there is no launchctl on PATH" };
  const deadline = clock.nowMs() + limits.tryForMs;
  for (;;) {
    const problem = await load(service, launchd, deadline, options);
    if (problem !== null) return { state: "failed", problem };
    const outcome = await untilServing(service, launchd, options);
    if (outcome === "serves") return { state: "restored" };
    if (outcome === "silent") return { state: "failed", problem: silence(service, limits) };
    // A bootout that was under way had not taken its label yet: once more.
    if (clock.nowMs() >= deadline) return { state: "failed", problem: "it was loaded and taken out again" };
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

async function isLoaded(launchd: Launchd, { domain, label }: DrainedLaunchd): Promise<boolean> {
  return (await launchd.printService(domain, label)).state === "loaded";
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
  let kickedAtMs = since;
  for (let told = false; ; told = true) {
    const answer = await launchd.printService(service.domain, service.label);
    if (answer.state === "absent" || answer.state === "no-session") return "gone";
    if (await serves(service, answer)) return "serves";
    const nowMs = clock.nowMs();
    if (nowMs - since >= (service.wasSilent ? limits.settleMs : limits.answerWithinMs))
      return service.wasSilent && !isIdle(answer) ? "serves" : "silent";
    if (isIdle(answer) && nowMs - kickedAtMs >= KICK_AFTER_MS) {
      await step("restore.kickstart", () => launchd.kickstart(service.domain, service.label, false));
      kickedAtMs = clock.nowMs();
    }
    if (!told) log.info(`Waiting until ${drainedName(service)} answers${onPorts(service)}`);
    await clock.sleep(POLL_MS);
  }
}

/** Whether a service is as it was: one that ran runs, and one of its ports answers. */
export async function serves(service: DrainedLaunchd, answer: ServiceAnswer): Promise<boolean> {
  if (answer.state !== "loaded") return false;
  const { pid } = answer.service;
  if (service.processes.length === 0) return true;
  if (pid === null) return false;
  if (service.ports.length === 0) return true;
  return (await Promise.all(service.ports.map((port) => answersFrom(pid, port)))).includes(true);
}

const isIdle = (answer: ServiceAnswer): boolean => answer.state === "loaded" && answer.service.pid === null;

/** e.g. " on port 8080", or "" where no port is known. */
export const onPorts = ({ ports }: Drained): string => (ports.length === 0 ? "" : ` on port ${ports.join(" or ")}`);

export function silence(service: Drained, limits: RestoreLimits): string {
  return `it was started, but does not answer${onPorts(service)} after ${limits.answerWithinMs / 1000} s`;
}

/** What launchd leaves a job to end where `print` does not say. Source: launchd.plist(5), ExitTimeOut. */
const EXIT_TIMEOUT_S = 20;
/** ms for a signal that is on its way. */
const ON_ITS_WAY_MS = 3_000;

/**
 * Whoever wrote the intent may have died before, while or after it told the process to end. Only one that outlives the
 * longest way to end was never told. It serves meanwhile.
 */
export async function wasNeverTold(service: Drained, { clock, launchd }: BringBackOptions): Promise<boolean> {
  let calmSince = clock.nowMs();
  for (;;) {
    const job = service.kind === "launchd" ? await launchd?.printService(service.domain, service.label) : null;
    if (job !== null && job?.state !== "loaded") return false;
    const ran = service.processes.length > 0;
    if (ran && !service.processes.some((one) => isSameProcess(one.pid, one.startedAt))) return false;
    const exitTimeoutS = (job?.state === "loaded" ? job.service.exitTimeoutS : null) ?? EXIT_TIMEOUT_S;
    if (service.kind === "launchd" && (await isBeingTold(service))) calmSince = clock.nowMs();
    if (clock.nowMs() - calmSince >= (ran ? exitTimeoutS * 1000 : 0) + ON_ITS_WAY_MS) return true;
    await clock.sleep(POLL_MS);
  }
}

/** A launchctl that has outlived its worker may still get its word in. */
async function isBeingTold({ domain, label }: DrainedLaunchd): Promise<boolean> {
  const words = ["bootout", `${domain}/${label}`];
  return ((await tryListProcesses()) ?? []).some(({ argv }) => words.every((word) => argv.includes(word)));
}
