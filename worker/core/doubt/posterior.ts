// The belief about all cells if they were measured now: a mixture over the hypotheses that the rows have left. Source: docs/doubt.md.
import { dot, LEVEL, whiten, type Fit, type Row } from "./fit.ts";
import type { Hypothesis } from "./hypotheses.ts";
import { chanceAbove } from "./normal.ts";

/** One hypothesis that is left, with its belief about ln throughput. */
interface Part {
  weight: number;
  hypothesis: Hypothesis;
  mean: Float64Array;
  covariance: readonly Float64Array[];
}

export interface Posterior {
  /** ln throughput per cell, relative to the first row. */
  mean: Float64Array;
  covariance: readonly Float64Array[];
  /** Variance of one request. */
  noise: number;
  /** ln change of the machine's speed since the first row. */
  drift: number;
  parts: readonly Part[];
  /** Probability of each hypothesis, all of them. */
  weights: readonly number[];
}

/** Hypotheses that are not more likely than this are left out; of none that is, the likeliest stays. Leaving them in costs time and finds no more. */
const NEGLIGIBLE = 0.02;

/** @param now seconds since the first row @throws RangeError without a hypothesis */
export function posteriorOf(
  hypotheses: readonly Hypothesis[],
  fits: readonly Fit[],
  rows: readonly Row[],
  now: number,
): Posterior {
  const weights = normalised(fits.map(({ logWeight }) => logWeight));
  const kept = keptOf(weights);
  const total = kept.reduce((sum, place) => sum + (weights[place] ?? 0), 0);
  const told = kept.flatMap((place) => {
    const [hypothesis, fit] = [hypotheses[place], fits[place]];
    if (hypothesis === undefined || fit === undefined) return [];
    return { weight: (weights[place] ?? 0) / total, fit, ...partOf(hypothesis, fit, rows, now) };
  });
  const mean = mixedMean(told);
  return {
    mean,
    covariance: mixedCovariance(told, mean),
    noise: told.reduce((sum, { weight, hypothesis }) => sum + weight * hypothesis.noise, 0),
    drift: told.reduce((sum, part) => sum + part.weight * driftOf(part.hypothesis, part.fit, rows), 0),
    parts: told,
    weights,
  };
}

function normalised(logs: readonly number[]): number[] {
  const top = logs.reduce((most, one) => Math.max(most, one), -Infinity);
  const raw = logs.map((one) => Math.exp(one - top));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((one) => one / sum);
}

function keptOf(weights: readonly number[]): number[] {
  const kept = weights.flatMap((weight, place) => (weight > NEGLIGIBLE ? [place] : []));
  return kept.length > 0 ? kept : [weights.indexOf(weights.reduce((most, one) => Math.max(most, one), 0))];
}

function partOf(hypothesis: Hypothesis, fit: Fit, rows: readonly Row[], now: number): Omit<Part, "weight"> {
  const { kernel, driftPerSecond } = hypothesis;
  const known = kernel.map((own) => whiten(fit, commonWith(hypothesis, own, rows)));
  const n = rows.length;
  const covariance = known.map((a, cell) =>
    Float64Array.from(known, (b, other) => {
      const prior = (kernel[cell]?.[other] ?? 0) + LEVEL + driftPerSecond * now;
      return prior - dot(a, b, n);
    }),
  );
  return { hypothesis, covariance, mean: Float64Array.from(known, (one) => dot(one, fit.whitened, n)) };
}

/** What a cell measured now has in common with each row. */
function commonWith({ driftPerSecond }: Hypothesis, own: Float64Array, rows: readonly Row[]): Float64Array {
  return Float64Array.from(rows, ({ cell, at }) => (own[cell] ?? 0) + LEVEL + driftPerSecond * at);
}

function driftOf({ driftPerSecond }: Hypothesis, fit: Fit, rows: readonly Row[]): number {
  const known = whiten(
    fit,
    Float64Array.from(rows, ({ at }) => driftPerSecond * at),
  );
  return dot(known, fit.whitened, rows.length);
}

function mixedMean(parts: readonly Part[]): Float64Array {
  const mean = new Float64Array(parts[0]?.mean.length ?? 0);
  for (const part of parts) part.mean.forEach((value, cell) => (mean[cell] = (mean[cell] ?? 0) + part.weight * value));
  return mean;
}

/** Within the parts, and between them. */
function mixedCovariance(parts: readonly Part[], mean: Float64Array): Float64Array[] {
  return Array.from(mean, (_, a) =>
    Float64Array.from(mean, (_, b) =>
      parts.reduce((sum, part) => {
        const between = off(part, mean, a) * off(part, mean, b);
        return sum + part.weight * ((part.covariance[a]?.[b] ?? 0) + between);
      }, 0),
    ),
  );
}

const off = (part: Part, mean: Float64Array, cell: number): number => (part.mean[cell] ?? 0) - (mean[cell] ?? 0);

/** Probability that cell `a` is faster than cell `b` by more than `by` (of ln throughput). */
export function chanceFaster({ parts }: Posterior, a: number, b: number, by: number): number {
  if (a === b) return by < 0 ? 1 : 0;
  const chance = parts.reduce((sum, { weight, mean, covariance }) => {
    const sd = Math.sqrt(Math.max(0, varianceOfDifference(covariance, a, b)));
    return sum + weight * chanceAbove((mean[a] ?? 0) - (mean[b] ?? 0), sd, by);
  }, 0);
  return Math.min(1, chance);
}

const varianceOfDifference = (s: readonly Float64Array[], a: number, b: number): number =>
  (s[a]?.[a] ?? 0) + (s[b]?.[b] ?? 0) - 2 * (s[a]?.[b] ?? 0);

/** ln of how many times as fast `a` is as `b`, with its standard deviation. */
export function difference({ mean, covariance }: Posterior, a: number, b: number): { value: number; sd: number } {
  if (a === b) return { value: 0, sd: 0 };
  const sd = Math.sqrt(Math.max(0, varianceOfDifference(covariance, a, b)));
  return { value: (mean[a] ?? 0) - (mean[b] ?? 0), sd };
}

/** A linear contrast of cells. @param terms cell and its factor */
export function contrastOf(
  { mean, covariance }: Posterior,
  terms: readonly (readonly [cell: number, factor: number])[],
): { value: number; sd: number } {
  const value = terms.reduce((sum, [cell, factor]) => sum + factor * (mean[cell] ?? 0), 0);
  const variance = terms.reduce(
    (sum, [a, by]) => terms.reduce((inner, [b, times]) => inner + by * times * (covariance[a]?.[b] ?? 0), sum),
    0,
  );
  return { value, sd: Math.sqrt(Math.max(0, variance)) };
}

/** Probability that an axis matters; null hypotheses ("unrelated") say that none does by itself. */
export function chanceMatters({ weights }: Posterior, hypotheses: readonly Hypothesis[], axis: number): number {
  const chance = weights.reduce((sum, weight, place) => (hypotheses[place]?.axes?.[axis] ? sum + weight : sum), 0);
  return Math.min(1, chance);
}
