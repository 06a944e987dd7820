// Which files did not answer, kept across launches: each read that hangs holds one of the four threads of the process that all extensions
// share, and keeps the command's own from ending. So such a file is left alone for a time, each time ten times as long. Pure.

const FIRST_MS = 600_000;

/** Where it is kept: Raycast's Cache looks like this. */
export interface Marks {
  get(key: string): string | undefined;
  set(key: string, data: string): void;
}

/** [the process that waits, until when, ms since 1970, for how long that is, ms] */
const markOf = (marks: Marks, path: string): number[] => (marks.get(path) ?? "").split(" ").map(Number);

/** True while this process may still have a read of that file under way. @param nowMs wall clock, ms since 1970 */
export function isGivenUp(marks: Marks, path: string, pid: number, nowMs: number): boolean {
  const [waiting, untilMs = 0] = markOf(marks, path);
  return waiting === pid && nowMs < untilMs;
}

/** Note that it did not answer in time. */
export function wasLate(marks: Marks, path: string, pid: number, nowMs: number): void {
  const [waiting, , lastMs = 0] = markOf(marks, path);
  const waitMs = waiting === pid ? lastMs * 10 : FIRST_MS;
  marks.set(path, [pid, nowMs + waitMs, waitMs].join(" "));
}
