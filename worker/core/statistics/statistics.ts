// How figures are summarised: median, percentile by rank, Student's t and the intervals built on it.
// Source: contract §8 (never trust a number), §9 (percentile rank ⌈p·n⌉, t·SE).

/** Take the middle value (mean of the two middle ones). @returns null for no values */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/**
 * Take the value at rank ⌈p·n⌉ of the ascending values, with no interpolation.
 * @param p share, above 0 up to 1: 0.95 for p95
 * @returns null for no values
 */
export function percentile(values: readonly number[], p: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  // 1e-9 because p·n may land a hair above a whole number (0.07 · 100 does).
  const rank = Math.min(Math.max(Math.ceil(p * sorted.length - 1e-9), 1), sorted.length);
  return sorted[rank - 1] ?? null;
}

/** Average the values. @returns null for no values */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A race asks for the same few quantiles hundreds of times; their number is bounded by the degrees of freedom it can have. */
const quantiles = new Map<string, number>();

/**
 * Find t with P(T ≤ t) = `confidence`.
 * @param confidence 0.5 to below 1
 * @param df degrees of freedom; fractions are rounded down
 * @returns Infinity below one degree of freedom: nothing can be told
 */
export function tOneSided(confidence: number, df: number): number {
  if (!(df >= 1)) return Infinity;
  const key = `${confidence} ${Math.floor(df)}`;
  const quantile = quantiles.get(key) ?? quantileOf(confidence, df);
  quantiles.set(key, quantile);
  return quantile;
}

/** Find t with P(−t ≤ T ≤ t) = `confidence`. @see tOneSided for ranges and the degenerate case */
export function tTwoSided(confidence: number, df: number): number {
  return tOneSided((1 + confidence) / 2, df);
}

/** Build the two-sided 95 % interval around a centre. @returns null below one degree of freedom */
export function interval95(centre: number, standardError: number, df: number): [low: number, high: number] | null {
  if (!(df >= 1)) return null;
  const half = tTwoSided(0.95, df) * standardError;
  return [centre - half, centre + half];
}

/** Bisect: 60 halvings reach the last digits of a double. */
function quantileOf(confidence: number, df: number): number {
  const central = 2 * confidence - 1;
  let high = 1;
  while (centralShare(high, df) < central && high < 1e12) high *= 2;
  let low = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (centralShare(middle, df) < central) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Compute P(−t ≤ T ≤ t) for whole degrees of freedom, by the finite series in the cosine of atan(t/√df).
 * Source: Abramowitz and Stegun, 26.7.3 and 26.7.4. Beyond 1000 degrees the normal limit is reached to 0.1 %.
 */
function centralShare(t: number, degrees: number): number {
  const df = Math.min(Math.floor(degrees), 1000);
  const angle = Math.atan(t / Math.sqrt(df));
  const odd = df % 2 === 1;
  const cosine = Math.cos(angle);
  let term = odd ? cosine : 1;
  let sum = df === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= df - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
