// Take one launchd service out. Where launchd would kill it sooner than it may take to end, its processes are told to end and waited for
// before launchd hears of it: a killed MLX server can leave its memory wired until reboot. Source: contract §5.
import type { Clock, Log } from "../context.ts";
import { drainedName, type DrainedLaunchd } from "../core/launchd/drained.ts";
import { AutotuneError } from "../core/errors.ts";
import { exitTimeoutAdvice, killsTooSoon, slowEndRemedy, toldFirstText } from "../core/launchd/exit-timeout.ts";
import { describeAnswer, isEnding, type BootoutMeaning } from "../core/launchd/launchctl-output.ts";
import { pollPauseMs } from "../core/poll-pause.ts";
import type { Launchd, ServiceAnswer, VerbAnswer } from "../platform/launchd/launchd.ts";
import { lives, tellToEnd } from "../platform/processes/tell-to-end.ts";
import { step } from "../step.ts";

export interface BootOutOptions {
  launchd: Launchd;
  clock: Clock;
  log: Log;
  graceS: number;
  /** Called before the first process is told to end by us. */
  onTold: () => void;
}

/** ms between the first two looks; most end in a moment. */
const FIRST_PAUSE_MS = 100;
/** ms between two bootouts of one that seems not to have heard. */
const AGAIN_MS = 1_000;
/** ms after its processes have ended in which launchd must have let go of the label: seconds are usual. */
const LABEL_MS = 10_000;

/**
 * Take it out, and see that launchd does not know it and no process of it is left, whatever some port looks like.
 * @throws AutotuneError provider_conflict if it does not go; the signal's reason
 */
export async function bootOut(service: DrainedLaunchd, options: BootOutOptions, signal: AbortSignal): Promise<void> {
  await endFirst(service, options, signal);
  const { launchd, clock, graceS } = options;
  const since = clock.nowMs();
  const deadlineMs = since + graceS * 1000;
  let last: VerbAnswer<BootoutMeaning> | null = null;
  let askedMs = -Infinity;
  const tellThoseLeft = onceTold(service, options);
  for (;;) {
    const answer = await launchd.printService(service.domain, service.label);
    const isLeft = service.processes.some(lives);
    if (answer.state === "absent") {
      if (!isLeft) return;
      tellThoseLeft();
    }
    if (clock.nowMs() >= deadlineMs + (isLeft ? 0 : LABEL_MS)) throw stays(service, last, graceS);
    if (hasNotHeard(answer) && clock.nowMs() - askedMs >= AGAIN_MS) {
      last = await step("drain.bootout", () => launchd.bootout(service.domain, service.label));
      askedMs = clock.nowMs();
      if (last.meaning === "refused" && !(await isAbsent(service, launchd))) throw stays(service, last, graceS);
      continue;
    }
    await clock.sleep(pollPauseMs(clock.nowMs() - since, FIRST_PAUSE_MS), signal);
  }
}

async function isAbsent({ domain, label }: DrainedLaunchd, launchd: Launchd): Promise<boolean> {
  return (await launchd.printService(domain, label)).state === "absent";
}

/** Processes that have left the job's group outlive it, and get their own SIGTERM, once. */
function onceTold(service: DrainedLaunchd, { onTold }: BootOutOptions): () => void {
  let isTold = false;
  return () => {
    if (isTold) return;
    isTold = true;
    onTold();
    service.processes.forEach(tellToEnd);
  };
}

/** Loaded, and not on its way out as far as can be seen; to tell one twice does no harm. */
function hasNotHeard(answer: ServiceAnswer): boolean {
  return answer.state === "unclear" || (answer.state === "loaded" && !isEnding(answer.service));
}

/** KeepAlive may start it anew before the bootout: that one is young and has no request. */
async function endFirst(service: DrainedLaunchd, options: BootOutOptions, signal: AbortSignal): Promise<void> {
  const { launchd, clock, log, graceS } = options;
  const answer = await launchd.printService(service.domain, service.label);
  const exitTimeoutS = answer.state === "loaded" ? answer.service.exitTimeoutS : null;
  if (!killsTooSoon(exitTimeoutS, graceS) || !service.processes.some(lives)) return;
  const text = toldFirstText(drainedName(service), exitTimeoutS, `--drain-grace ${graceS}`);
  log.info(`${text}. ${exitTimeoutAdvice(service.plistPath, graceS)}`);
  options.onTold();
  const since = clock.nowMs();
  for (const process of service.processes) {
    const problem = tellToEnd(process);
    if (problem !== null) throw conflict(`${drainedName(service)} cannot be stopped: ${problem}`, BY_HAND);
    while (lives(process)) {
      const waitedMs = clock.nowMs() - since;
      if (waitedMs >= graceS * 1000) throw stays(service, null, graceS);
      await clock.sleep(pollPauseMs(waitedMs, FIRST_PAUSE_MS), signal);
    }
  }
}

const BY_HAND = "Stop it yourself, then run again.";

function stays(service: DrainedLaunchd, last: VerbAnswer<BootoutMeaning> | null, graceS: number): AutotuneError {
  const name = drainedName(service);
  if (last?.meaning === "refused" || last?.meaning === "failed")
    return conflict(`${name} cannot be drained: ${describeAnswer("bootout", last.answer)}`, BY_HAND);
  return conflict(
    `${name} has not ended within ${graceS} s of being told to (--drain-grace ${graceS})`,
    slowEndRemedy(service),
  );
}

function conflict(message: string, remedy: string): AutotuneError {
  return new AutotuneError("provider_conflict", message, { remedy });
}
