// Signals to AbortSignals: the first asks the run to stop and restore, the second takes the candidate's grace away.
// Source: contract §3 (interrupted), §5 (restore on SIGINT, SIGTERM, SIGHUP).
import { errorText, RunStopped, type StopSignal } from "./core/errors.ts";

const SIGNALS: StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface Signals {
  first: AbortSignal;
  second: AbortSignal;
  stop(): void;
}

/**
 * Listen from now on; no signal ends the process by itself until `stop`. An exception that nobody caught takes the same way
 * as a signal, so that it restores, too; a terminal or pipe that was closed under us is no reason to stop.
 */
export function listenForSignals(): Signals {
  const first = new AbortController();
  const second = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (first.signal.aborted) second.abort();
    else first.abort(new RunStopped({ kind: "interrupted", signal: signal as StopSignal }));
  };
  const onUncaught = (error: unknown) => first.abort(error instanceof Error ? error : new Error(errorText(error)));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosed);
  return {
    first: first.signal,
    second: second.signal,
    stop: () => SIGNALS.forEach((signal) => process.off(signal, onSignal)),
  };
}

/** EPIPE and EIO: whoever watched has gone. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
