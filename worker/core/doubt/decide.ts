// Who leads, what is still in doubt, and which request shrinks that doubt most per second. Source: docs/doubt.md (what is asked next).
import { START_NOISE } from "./fit.ts";
import { chanceFaster, type Posterior } from "./posterior.ts";

/** "More than 5 % faster", of ln throughput: what is worth finding. */
export const WORTHWHILE = Math.log(1 / 0.95);
/** A doubt below this is none. */
export const SETTLED = 0.015;
/** The baseline is replaced by what is this much faster with this probability. */
export const [MARGIN, PROOF] = [0.015, 0.95] as const;
/** A proof is worth requests while the leader's chance of a worthwhile gain is above this. */
const WORTH_PROVING = 0.1;

/** Cells that may win, and what a winner must beat. */
export interface Field {
  /** Rising indices. */
  fits: readonly number[];
  /** Null if it does not fit. */
  baseline: number | null;
}

export interface Standing {
  leader: number;
  /** Likeliest to be worthwhile faster than the leader; null if there is no other cell. */
  rival: number | null;
  /** That probability. */
  doubt: number;
  /** Probability that the leader is measurably faster than the baseline; null if it is the baseline or there is none. */
  proof: number | null;
  proven: boolean;
  /** The two cells whose difference is still to be told; null = nothing is. */
  pair: readonly [number, number] | null;
}

/** What a decision asks of a belief. */
export interface Odds {
  mean: ArrayLike<number>;
  /** Probability that cell `a` is faster than cell `b` by more than `by` (of ln throughput). */
  faster: (a: number, b: number, by: number) => number;
}

/** @returns null if no cell fits */
export const standingOf = (belief: Posterior, field: Field): Standing | null =>
  standingBy({ mean: belief.mean, faster: (a, b, by) => chanceFaster(belief, a, b, by) }, field);

/** The rule itself. @returns null if no cell fits */
export function standingBy({ mean, faster }: Odds, { fits, baseline }: Field): Standing | null {
  const leader = highest(fits, (cell) => mean[cell] ?? -Infinity);
  if (leader === null) return null;
  const others = fits.filter((cell) => cell !== leader);
  const rival = highest(others, (cell) => faster(cell, leader, WORTHWHILE));
  const doubt = rival === null ? 0 : faster(rival, leader, WORTHWHILE);
  const proof = baseline === null || baseline === leader ? null : faster(leader, baseline, MARGIN);
  const proven = proof === null || proof >= PROOF;
  const told = { leader, rival, doubt, proof, proven };
  if (rival !== null && doubt > SETTLED) return { ...told, pair: [leader, rival] };
  const isWorth = !proven && baseline !== null && faster(leader, baseline, WORTHWHILE) > WORTH_PROVING;
  return { ...told, pair: isWorth ? [leader, baseline] : null };
}

/** The first of the highest; null of none. */
export function highest(cells: readonly number[], of: (cell: number) => number): number | null {
  let best: { cell: number; value: number } | null = null;
  for (const cell of cells) {
    const value = of(cell);
    if (best === null || value > best.value) best = { cell, value };
  }
  return best?.cell ?? null;
}

export interface Prices {
  startSeconds: number;
  requestSeconds: number;
  /** Whether the server that runs now is this cell's. */
  isRunning: (cell: number) => boolean;
}

/** The cell whose next request takes most off the variance of the pair's difference per second. */
export function bestRequest(
  { covariance, noise }: Pick<Posterior, "covariance" | "noise">,
  fits: readonly number[],
  [a, b]: readonly [number, number],
  { startSeconds, requestSeconds, isRunning }: Prices,
): number {
  const worth = (cell: number): number => {
    const running = isRunning(cell);
    const seconds = requestSeconds + (running ? 0 : startSeconds);
    const variance = (covariance[cell]?.[cell] ?? 0) + noise + (running ? 0 : START_NOISE);
    const told = (covariance[a]?.[cell] ?? 0) - (covariance[b]?.[cell] ?? 0);
    return told ** 2 / variance / Math.max(seconds, 1e-9);
  };
  return highest(fits, worth) ?? a;
}
