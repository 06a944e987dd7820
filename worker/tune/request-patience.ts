// How long a request is waited for: the connection, the first token, a silence between tokens; and not at all once the log of its
// provider says that generation has died. Source: contract §4 (liveness), §7 (gate).
import type { Misfit } from "../core/measure/measurement.ts";
import { gateMisfit } from "../core/measure/feasibility.ts";
import type { LogFailure } from "../context.ts";
import type { Failure } from "./read-answer.ts";

export interface PatienceLimits {
  /** Until the first token, ms. */
  gateMs: number;
  /** What a first token that comes too late is called; the gate's verdict if left out. */
  tooLate?: Misfit;
  /** Longest silence after the first token, ms; the gate if left out. */
  silenceMs?: number;
}

export interface Patience {
  /** The request is written, or `chunks` with output have come. */
  goOn(chunks: number): void;
  stop(): void;
}

/**
 * Wait for a request's connection, then as `goOn` says.
 * @param failure what its log tells by now, if its log is known
 * @param giveUp called at most once per wait
 */
export function startPatience(
  limits: PatienceLimits,
  failure: () => LogFailure | null,
  giveUp: (failure: Failure) => void,
): Patience {
  let timer = setTimeout(() => giveUp(NO_CONNECTION), CONNECT_MS);
  const watch = setInterval(() => {
    const found = failure();
    if (found?.dead === true) giveUp(found.misfit);
  }, LOG_LOOK_MS);
  return {
    goOn(chunks) {
      clearTimeout(timer);
      const limitMs = chunks === 0 ? limits.gateMs : (limits.silenceMs ?? limits.gateMs);
      timer = setTimeout(() => giveUp(silence(chunks, limitMs, limits.tooLate)), limitMs);
    },
    stop() {
      clearTimeout(timer);
      clearInterval(watch);
    },
  };
}

/** How often the log is looked at while a request waits. */
const LOG_LOOK_MS = 1000;
/** A host that answers nothing must not hold a request up for as long as the system tries. */
const CONNECT_MS = 15_000;
const NO_CONNECTION: Misfit = { class: "request_failed", reason: `no connection within ${CONNECT_MS / 1000} s` };

function silence(chunks: number, limitMs: number, tooLate: Misfit | undefined): Failure {
  if (chunks === 0) return tooLate ?? gateMisfit(null, limitMs);
  const reason = `the stream stalled: nothing for ${limitMs} ms after ${chunks} chunks`;
  return { class: "request_failed", reason, unsaid: true };
}
