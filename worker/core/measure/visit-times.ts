// When a visit measured and what it cost, told from what is stored of it; the same live and when it is replayed. Pure.
import type { Replicate, Visit } from "./measurement.ts";

/** When a visit measured, on which start of the server, and what it cost. */
export interface VisitTimes {
  /** Equal numbers are one process; 0 = the one that Stage 1 left running. */
  start: number;
  /** Middle of each ok replicate, seconds of the run's own time (pauses left out), rising. */
  atSeconds: number[];
  /** Seconds of its start with warm-up and stop; null if it found the server running. */
  startSeconds: number | null;
  /** Mean seconds of its replicates; null without any. */
  requestSeconds: number | null;
}

export interface VisitEnd {
  /** Seconds of the run's own time at its end. */
  elapsedSeconds: number;
  /** From before its start to its end, ms. */
  wallMs: number;
  /** Which start of the server it measured on; null where that is not known. */
  start: ServerStart | null;
}

export interface ServerStart {
  /** Equal numbers are one process; 0 = the one that Stage 1 left running. */
  number: number;
  /** The visit found it running. */
  kept: boolean;
}

/** @returns null where the start is not known. Requests are taken to lie back to back before the visit's end. */
export function visitTimes(visit: Visit, { elapsedSeconds, wallMs, start }: VisitEnd): VisitTimes | null {
  if (start === null) return null;
  const lengths = visit.replicates.map(replicateSeconds);
  const total = lengths.reduce((sum, one) => sum + one, 0);
  const middles = lengths.map((seconds, place) => {
    const after = lengths.slice(place + 1).reduce((sum, one) => sum + one, 0);
    return elapsedSeconds - after - seconds / 2;
  });
  return {
    start: start.number,
    atSeconds: middles.filter((_, place) => visit.replicates[place]?.state === "ok"),
    startSeconds: start.kept ? null : Math.max(0, wallMs / 1000 - total),
    requestSeconds: measuredRequest(visit),
  };
}

/** Mean seconds of the ok replicates of a visit; null if none was measured. */
export function measuredRequest({ replicates }: Visit): number | null {
  const times = replicates.filter(({ state }) => state === "ok").map(replicateSeconds);
  return times.length === 0 ? null : times.reduce((a, b) => a + b, 0) / times.length;
}

/** Its requests are sent together: the longest counts. */
const replicateSeconds = ({ requests }: Replicate): number =>
  Math.max(0, ...requests.map(({ totalMs }) => totalMs)) / 1000;
