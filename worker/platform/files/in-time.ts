// A bound in time for a read that this process does itself: a disk that is gone never answers one, and a config, a job description or what
// a link leads to may lie there. The thread that reads is lost (worker/leave.ts ends such a process all the same).
// Many reads of such a disk: foreign-reader.ts.
import { NoAnswer } from "./foreign-reader.ts";

/** ms; an external disk that has to spin up needs some seconds. */
const LIMIT_MS = 10_000;
/** ms that a program may take to go once it was killed. */
const KILL_MS = 1_000;

/** @throws NoAnswer with the path once the time is over; whatever the read throws */
export async function inTime<T>(path: string, reading: Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  const late = Promise.withResolvers<never>();
  const why = new Error(`no answer within ${limitMs / 1000} s`);
  const timer = setTimeout(() => late.reject(new NoAnswer(path, why)), limitMs);
  // Whichever of the two is late must not count as a failure that nobody took.
  reading.catch(() => undefined);
  try {
    return await Promise.race([reading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A program's answer, unless it is still to come when its own time limit has killed it: what a wrapper has started lives on, and holds
 * the output open for good.
 */
export async function unlessLost<T>(answer: Promise<T>, limitMs: number): Promise<T | null> {
  const giveUp = Promise.withResolvers<null>();
  const timer = setTimeout(() => giveUp.resolve(null), limitMs + KILL_MS);
  try {
    return await Promise.race([answer, giveUp.promise]);
  } finally {
    clearTimeout(timer);
  }
}
