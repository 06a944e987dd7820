// Whether two sets of replicates differ by more than their noise: Welch's interval of the ratio of geometric means.
// Source: B. L. Welch, Biometrika 34 (1947); on logarithms as contract §9 does.
import { interval95, mean } from "./statistics.ts";

export interface Ratio {
  /** Geometric mean of the new values over that of the old ones; 1 = the same. */
  ratio: number;
  /** Two-sided 95 %; null with fewer than two values on a side. */
  interval: [low: number, high: number] | null;
}

/**
 * Compare two sets of positive values on their logarithms, each with its own variance.
 * @param was, now values > 0; others are left out, as they are no measurements
 * @returns null if a side has no value
 */
export function ratioOf(was: readonly number[], now: readonly number[]): Ratio | null {
  const [before, after] = [was, now].map(summary);
  if (!before || !after) return null;
  const difference = after.mean - before.mean;
  return { ratio: Math.exp(difference), interval: intervalOf(difference, before, after) };
}

interface Summary {
  n: number;
  mean: number;
  /** Squared standard error of the mean; NaN for one value. */
  errorSquared: number;
}

function summary(values: readonly number[]): Summary | null {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log);
  const centre = mean(logs);
  if (centre === null) return null;
  const squares = logs.reduce((sum, log) => sum + (log - centre) ** 2, 0);
  return { n: logs.length, mean: centre, errorSquared: squares / (logs.length - 1) / logs.length };
}

function intervalOf(difference: number, a: Summary, b: Summary): Ratio["interval"] {
  if (a.n < 2 || b.n < 2) return null;
  const errorSquared = a.errorSquared + b.errorSquared;
  // Welch and Satterthwaite; without any spread the quotient is 0/0, and every degree of freedom counts.
  const df =
    errorSquared === 0
      ? a.n + b.n - 2
      : errorSquared ** 2 / (a.errorSquared ** 2 / (a.n - 1) + b.errorSquared ** 2 / (b.n - 1));
  const found = interval95(difference, Math.sqrt(errorSquared), df);
  return found === null ? null : [Math.exp(found[0]), Math.exp(found[1])];
}
