// Of a service whose drain was intended: was it ever told to end? Whoever wrote the intent may have died before, while or after it told
// it, so it is given the longest time that ending takes, and serves meanwhile. Source: contract §5 (a dead worker's drain).
import { pollMs, type BringBackOptions } from "./bring-back.ts";
import { drainedName, type Drained, type DrainedLaunchd } from "../core/launchd/drained.ts";
import { isEnding } from "../core/launchd/launchctl-output.ts";
import type { ServiceAnswer } from "../platform/launchd/launchd.ts";
import { tryListProcesses } from "../platform/processes/processes.ts";
import { lives } from "../platform/processes/tell-to-end.ts";

/** What launchd leaves a job to end where `print` does not say, at most. Source: launchd.plist(5), ExitTimeOut. */
const EXIT_TIMEOUT_S = 20;
/** Some plists name a day. One that launchd has told is printed as SIGTERMed, so nothing depends on waiting longer. */
const LONGEST_S = 60;
/** ms for a signal that is on its way. */
const ON_ITS_WAY_MS = 3_000;
/** s; how long one that we told to end, and that has not, is looked after. */
const LOOK_AFTER_S = 900;

/** @returns true if it is in service and nothing is on its way to it; false if it has to be brought back */
export async function staysInService(service: Drained, by: BringBackOptions): Promise<boolean> {
  const { clock, log } = by;
  if (service.kind === "foreground" && service.told === true && !service.restart) return false;
  const since = clock.nowMs();
  let calmSince = since;
  for (let said = false; ; said = true) {
    const job =
      service.kind === "launchd" ? ((await by.launchd?.printService(service.domain, service.label)) ?? null) : null;
    if (service.kind === "launchd" && hasBeenTold(job)) return false;
    if (service.kind === "launchd" && (job?.state !== "loaded" || (await isBeingTold(service))))
      calmSince = clock.nowMs();
    const calmMs = clock.nowMs() - calmSince;
    const left = service.processes.filter(lives);
    const isGone = service.processes.length > 0 && left.length === 0;
    if (isGone && (service.kind === "foreground" || calmMs >= ON_ITS_WAY_MS)) return false;
    if (!isGone && calmMs >= longestMs(service, job)) return leaveAlone(service, by);
    // launchd does not answer: trying to bring it back tells more.
    if (clock.nowMs() - since >= (isGone ? 0.5 : 3) * LONGEST_S * 1000) return false;
    if (!said && service.told === true && left.length > 0) log.info(`Waiting until ${drainedName(service)} has ended`);
    await clock.sleep(pollMs(clock.nowMs() - since));
  }
}

/** Nothing that launchd answers is proof that it has not, but this is proof that it has. */
function hasBeenTold(job: ServiceAnswer | null): boolean {
  if (job === null || job.state === "absent" || job.state === "no-session") return true;
  return job.state === "loaded" && isEnding(job.service);
}

function longestMs(service: Drained, job: ServiceAnswer | null): number {
  if (service.processes.length === 0) return ON_ITS_WAY_MS;
  const printed = job?.state === "loaded" ? job.service.exitTimeoutS : null;
  const ownS = service.told === true ? (service.graceS ?? LONGEST_S) : 0;
  return Math.min(Math.max(printed ?? EXIT_TIMEOUT_S, ownS), LONGEST_S) * 1000 + ON_ITS_WAY_MS;
}

/** One that was told and has not ended in its time may do so later, and KeepAlive need not start it again then. */
function leaveAlone(service: Drained, { log, launchd }: BringBackOptions): true {
  const [process] = service.processes.filter(lives);
  if (service.told !== true || process === undefined) return true;
  const may = `${drainedName(service)} may have been told to end and still runs.`;
  if (service.kind === "launchd") {
    launchd?.startAfterEnd(service.domain, service.label, process.pid, LOOK_AFTER_S);
    log.warn(`${may} If it ends within ${LOOK_AFTER_S / 60} minutes, it is started again.`);
  } else log.warn(`${may} If it ends, it has to be started again by hand.`);
  return true;
}

/** A launchctl that has outlived its worker may still get its word in. */
async function isBeingTold({ domain, label }: DrainedLaunchd): Promise<boolean> {
  const words = ["bootout", `${domain}/${label}`];
  return ((await tryListProcesses()) ?? []).some(({ argv }) => words.every((word) => argv.includes(word)));
}
