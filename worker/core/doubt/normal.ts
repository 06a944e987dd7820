// The normal distribution's share below a value. Source: Abramowitz & Stegun, formula 7.1.26 (error below 1.5e-7).

/** Probability that a standard normal number is below `z`, 0 to 1; ±Infinity give 0 and 1. */
export function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * polynomial * Math.exp(-x * x);
  return z > 0 ? 1 - tail : tail;
}

/** Probability that a normal number is above a limit; a standard deviation of 0 makes it certain (a tie is not above). */
export function chanceAbove(mean: number, sd: number, limit: number): number {
  if (sd > 0) return normalBelow((mean - limit) / sd);
  return mean > limit ? 1 : 0;
}
