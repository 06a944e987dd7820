// Restart a loaded launchd service and wait until it answers with the model it should now serve.
// Source: contract §12 (kickstart -k, at most the ready timeout).
import type { Clock, Log } from "./context.ts";
import { describeAnswer } from "./core/launchctl-output.ts";
import type { TargetService } from "./platform/config-target.ts";
import type { Launchd } from "./platform/launchd.ts";
import { askService, type Serving } from "./platform/serving.ts";
import type { ProviderId } from "./providers/provider.ts";
import { step } from "./step.ts";

export interface RestartOptions {
  launchd: Launchd;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  readyTimeoutS: number;
}

export type Restarted = { ok: true; port: number; seconds: number } | { ok: false; problem: string };

const POLL_MS = 250;
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
  const gone = await pidsNow(service, launchd);
  const { meaning, answer } = await unlessStopped(
    step("restart.kickstart", () => launchd.kickstart(service.domain, service.label, true)),
    signal,
  );
  // No answer in time is no refusal: the process of before may need long to end.
  if ((meaning === "absent" || meaning === "failed") && answer.code !== null)
    return { ok: false, problem: describeAnswer("kickstart -k", answer) };
  const starts = new Set<number>();
  for (;;) {
    const now = await askService(launchd, { service, ...expected, gone });
    const seconds = (clock.nowMs() - since) / 1000;
    if (now.state === "serves") return { ok: true, port: now.port, seconds };
    if (now.pid !== null) starts.add(now.pid);
    const problem = givenUp(now, starts.size, seconds, readyTimeoutS);
    if (problem !== null) return { ok: false, problem };
    await clock.sleep(POLL_MS, signal);
  }
}

function givenUp(now: Serving & { state: "not-yet" }, starts: number, seconds: number, limitS: number): string | null {
  if (starts >= MOST_STARTS) return `it ended ${MOST_STARTS - 1} times by itself`;
  return seconds < limitS ? null : `it did not answer within ${limitS} s: ${now.why}`;
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

async function pidsNow(service: TargetService, launchd: Launchd): Promise<number[]> {
  const printed = await launchd.printService(service.domain, service.label);
  const pid = printed.state === "loaded" ? printed.service.pid : null;
  return pid === null ? service.pids : [...new Set([pid, ...service.pids])];
}
