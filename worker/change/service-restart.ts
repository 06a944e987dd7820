// Restart a loaded launchd service and wait until it answers with the model it should now serve. Where `kickstart -k` would kill it before
// its own time to end is over, it is told to end and waited for first. Source: contract §12 (at most the ready timeout), §5 (never SIGKILL).
import { pollMs } from "../service/bring-back.ts";
import type { Clock, Log } from "../context.ts";
import { innermostFirst, killsTooSoon, toldFirstText } from "../core/launchd/exit-timeout.ts";
import { describeAnswer } from "../core/launchd/launchctl-output.ts";
import { servedBy } from "../core/live/provider-argv.ts";
import { ancestors, type ProcessInfo } from "../core/live/provider-family.ts";
import type { TargetService } from "../platform/live/config-target.ts";
import type { Launchd } from "../platform/launchd/launchd.ts";
import { processStartTime } from "../platform/processes/process-identity.ts";
import { tryListProcesses } from "../platform/processes/processes.ts";
import { interruptible } from "../interruptible.ts";
import { askService, type Serving } from "../platform/live/serving.ts";
import { lives, tellToEnd } from "../platform/processes/tell-to-end.ts";
import type { ProviderId } from "../providers/index.ts";
import { step } from "../step.ts";

export interface RestartOptions {
  launchd: Launchd;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  readyTimeoutS: number;
}

export type Restarted = { ok: true; port: number; seconds: number } | { ok: false; problem: string };

/** So many processes in a row that ended by themselves will not come up at the next try either. */
const MOST_STARTS = 4;

/**
 * Restart `service`.
 * @param model what it must answer with; null = any answer will do
 * @throws the signal's reason while it waits; the service has been told to restart then
 */
export async function restartService(
  service: TargetService,
  expected: { provider: ProviderId; model: string | null },
  options: RestartOptions,
): Promise<Restarted> {
  const { launchd, clock, log, signal, readyTimeoutS } = options;
  const since = clock.nowMs();
  log.info(
    `Restarting ${service.label} and waiting until it answers${expected.model ? ` with ${expected.model}` : ""}`,
  );
  const before = await processesNow(service, options);
  const gone = [...new Set([...before.processes.map(({ pid }) => pid), ...service.pids])];
  const asked = await restartNow(service, before, options);
  if (asked !== null) return { ok: false, problem: asked };
  const starts = new Set<number>();
  for (;;) {
    const now = await interruptible(askService(launchd, { service, ...expected, gone }), signal);
    const seconds = (clock.nowMs() - since) / 1000;
    if (now.state === "serves") return { ok: true, port: now.port, seconds };
    if (now.pid !== null) starts.add(now.pid);
    const problem = givenUp(now, starts.size, seconds, readyTimeoutS);
    if (problem !== null) return { ok: false, problem };
    await clock.sleep(pollMs(seconds * 1000), signal);
  }
}

function givenUp(now: Serving & { state: "not-yet" }, starts: number, seconds: number, limitS: number): string | null {
  if (starts >= MOST_STARTS) return `it ended ${MOST_STARTS - 1} times by itself`;
  return seconds < limitS ? null : `it did not answer within ${limitS} s: ${now.why}`;
}

interface Before {
  /** Innermost first. */
  processes: ProcessInfo[];
  exitTimeoutS: number | null;
}

/** What runs of it now: its own process, and the providers under it. */
async function processesNow(
  { domain, label }: TargetService,
  { launchd, signal }: Pick<RestartOptions, "launchd" | "signal">,
): Promise<Before> {
  const printed = await launchd.printService(domain, label);
  if (printed.state !== "loaded") return { processes: [], exitTimeoutS: null };
  const { pid, exitTimeoutS } = printed.service;
  const all = pid === null ? [] : ((await tryListProcesses({ signal })) ?? alone(pid));
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const isUnder = (one: ProcessInfo) => one.pgid === pid || ancestors(one, byPid).some((above) => above.pid === pid);
  const own = all.filter((one) => one.pid === pid);
  const under = all.filter((one) => one.pid !== pid && servedBy(one.argv) !== null && isUnder(one));
  return { processes: innermostFirst([...own, ...under]), exitTimeoutS };
}

/** What can be said of a process where the list cannot be read. */
function alone(pid: number): ProcessInfo[] {
  const start = processStartTime(pid);
  return start === null ? [] : [{ pid, ppid: 0, pgid: pid, uid: process.getuid?.() ?? 0, start, argv: [] }];
}

/** @returns why launchd does not do it; null if it does */
async function restartNow(service: TargetService, before: Before, options: RestartOptions): Promise<string | null> {
  const { launchd, log, signal, readyTimeoutS } = options;
  const { domain, label } = service;
  const tellFirst = before.processes.length > 0 && killsTooSoon(before.exitTimeoutS, readyTimeoutS);
  if (tellFirst) {
    log.info(toldFirstText(label, before.exitTimeoutS, `--ready-timeout ${readyTimeoutS}`));
    const problem = await endFirst(service, before.processes, options);
    if (problem !== null) return problem;
  }
  // One that KeepAlive has started meanwhile has read the new config already.
  const { meaning, answer } = await unlessStopped(
    step("restart.kickstart", () => launchd.kickstart(domain, label, !tellFirst)),
    signal,
  );
  // No answer in time is no refusal: the process of before may need long to end.
  const isRefused = (meaning === "absent" || meaning === "failed") && answer.code !== null;
  return isRefused ? describeAnswer(tellFirst ? "kickstart" : "kickstart -k", answer) : null;
}

/** Whatever becomes of us, launchd starts it again when it has ended. @returns why it could not be ended */
async function endFirst(service: TargetService, processes: ProcessInfo[], options: RestartOptions) {
  const { launchd, clock, signal, readyTimeoutS } = options;
  const since = clock.nowMs();
  const outermost = processes.at(-1);
  if (outermost) launchd.startAfterEnd(service.domain, service.label, outermost.pid, readyTimeoutS);
  for (const { pid, start: startedAt } of processes) {
    const problem = tellToEnd({ pid, startedAt });
    if (problem !== null) return `it cannot be told to end: ${problem}`;
    while (lives({ pid, startedAt })) {
      const waitedMs = clock.nowMs() - since;
      if (waitedMs >= readyTimeoutS * 1000)
        return `it has not ended within ${readyTimeoutS} s of being told to (it is never killed)`;
      await clock.sleep(pollMs(waitedMs), signal);
    }
  }
  return null;
}

/** launchd does what it was asked whether or not somebody waits for its answer. */
function unlessStopped<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
