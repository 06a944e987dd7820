// Signals to AbortSignals: the first asks the run to stop and restore, a second one takes the candidate's grace away.
// Source: contract §3 (interrupted), §5 (restore on SIGINT, SIGTERM, SIGHUP).
import { errorText, RunStopped, type StopSignal } from "../core/errors.ts";
import { leave } from "../leave.ts";

const SIGNALS: StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * One wish may arrive as several signals: npm passes a Ctrl-C on that the terminal has already sent, and a closing terminal
 * sends SIGHUP beside its shell's. Only what comes this much later is a second wish, as it may cost wired memory.
 */
const SAME_WISH_MS = 1000;

export interface Signals {
  first: AbortSignal;
  second: AbortSignal;
  /** All is done: from here on a signal ends the process, with the exit code that it already has. */
  done(): void;
}

/**
 * Listen from now on; until `done`, no signal ends the process by itself. An exception that nobody caught takes the same way
 * as a signal, so that it restores, too; a terminal or pipe that was closed under us is no reason to stop.
 */
export function listenForSignals(): Signals {
  const first = new AbortController();
  const second = new AbortController();
  let firstAtMs = 0;
  let isDone = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isDone) leave();
    if (!first.signal.aborted) {
      firstAtMs = performance.now();
      first.abort(new RunStopped({ kind: "interrupted", signal: signal as StopSignal }));
    } else if (performance.now() - firstAtMs >= SAME_WISH_MS) second.abort();
  };
  const onUncaught = (error: unknown) => first.abort(error instanceof Error ? error : new Error(errorText(error)));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosed);
  return {
    first: first.signal,
    second: second.signal,
    done: () => (isDone = true),
  };
}

/** EPIPE and EIO: whoever watched has gone. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
