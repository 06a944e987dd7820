// Why a sweep ended at a cell, in the endpoint's own words; a cause is named only where something proves it. Pure.
// Source: contract §15: errors under growing load may mean memory, so something smaller must have passed before.
import { httpReason } from "./http-words.ts";
import type { SweepCell } from "./sweep.ts";

/** Words by which servers say that memory, or room in a cache, has run out. */
const MEMORY_WORDS =
  /\bmemory\b|\bOOM\b|\b(m?alloc|allocat\w*)\b|resource limit|\bcache (is )?(full|exhausted)|\bno (free|available) (block|slot|page)s?\b/i;

/**
 * One sentence on the cell that ended a sweep.
 * @param before the cells that were measured before it
 * @param left how many were not measured
 * @param gone whether the endpoint listens no more
 */
export function stopText(
  cell: SweepCell,
  before: readonly SweepCell[],
  left: number,
  took: string,
  gone: boolean,
): string {
  const cause = causeOf(cell, before, gone);
  const words = cell.failures[0] ? `: ${failureWords(cell.failures[0])}` : "";
  return `requests failed at ${cell.context} tokens × ${cell.concurrency} after ${took}${words}${cause === null ? "" : ` (${cause})`}${leftText(left)}`;
}

/** One failure as people read it. */
export function failureWords({ status, message }: SweepCell["failures"][number]): string {
  return status === null ? `no answer: ${message}` : httpReason(status, message);
}

function causeOf(cell: SweepCell, before: readonly SweepCell[], gone: boolean): string | null {
  const status = cell.failures[0]?.status ?? null;
  if (status === 401 || status === 403) return "the endpoint refuses the key, or wants one";
  if (status === null && before.length === 0) return "nothing that can be used answers there";
  const said = cell.failures.some(({ message }) => MEMORY_WORDS.test(message));
  if (passedSmaller(cell, before) && (said || gone)) return gone ? `the endpoint has ended; ${MEMORY}` : MEMORY;
  if (gone) return "the endpoint has ended";
  return status !== null && status >= 400 && status < 500 && status !== 429
    ? "the endpoint refuses such requests"
    : null;
}

const MEMORY = "likely out of memory: a smaller cell passed";

function passedSmaller(cell: SweepCell, before: readonly SweepCell[]): boolean {
  return before.some((one) => one.tps !== null && one.context <= cell.context && one.concurrency <= cell.concurrency);
}

/** The end of a sentence about a sweep that did not go on; "" where no cell was left. */
export function leftText(left: number): string {
  if (left === 0) return "";
  return left === 1 ? "; 1 cell was not measured" : `; ${left} cells were not measured`;
}
