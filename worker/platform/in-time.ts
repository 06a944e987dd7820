// A bound in time for a read that this process does itself: a disk that is gone never answers one, and a config, a job description or what
// a link leads to may lie there. The thread that reads is lost (worker/leave.ts ends such a process all the same).
// Many reads of such a disk: foreign-reader.ts.
import { NoAnswer } from "./foreign-reader.ts";

/** ms; an external disk that has to spin up needs some seconds. */
const LIMIT_MS = 10_000;

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
