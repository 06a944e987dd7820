// How long to wait before the next look at processes, ports, launchd or another's row. On a Mac each look runs programs, and what is waited
// for may take minutes there, on a machine that has none to spare. Pure. Source: contract §5, §4.

/** ms between two looks, at most; reached after six times as long. */
const LONGEST_MS = 500;
const SHARE = 1 / 6;

/**
 * Look often at first, then less and less, never more than twice a second once three seconds are over.
 * @param waitedMs since the waiting began
 * @param firstMs the shortest pause, up to 500
 * @returns ms
 */
export function pollPauseMs(waitedMs: number, firstMs: number): number {
  return Math.min(LONGEST_MS, Math.max(firstMs, waitedMs * SHARE));
}
