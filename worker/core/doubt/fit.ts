// How well one hypothesis predicted the rows so far: a Cholesky factor of their covariance that grows by a row. Nothing is changed in
// place, so a state that is gone back to is still right. Source: docs/doubt.md.
import type { Hypothesis } from "./hypotheses.ts";

/** One request, in order. */
export interface Row {
  cell: number;
  /** Equal numbers = the same process. */
  start: number;
  /** Seconds since the first row, rising from 0. */
  at: number;
  /** ln of the figure, less the first row's. */
  value: number;
}

export interface Fit {
  /** Lower triangle of L with L·Lᵀ = covariance of the rows; row i has i + 1 values. */
  factor: readonly Float64Array[];
  /** L⁻¹·values. */
  whitened: readonly number[];
  /** ln of the prior times the likelihood, up to what all hypotheses share. */
  logWeight: number;
}

/** Variance of the common level: as good as flat, and it cancels in every difference. */
export const LEVEL = 1;
/** Variance of what a start does to all requests on it. */
export const START_NOISE = 0.015 ** 2;

export const unfitted = ({ logPrior }: Hypothesis): Fit => ({ factor: [], whitened: [], logWeight: logPrior });

/** Take in the last of `rows`; the fit holds those before it. */
export function withLastRow(fit: Fit, hypothesis: Hypothesis, rows: readonly Row[]): Fit {
  const n = rows.length - 1;
  const last = rows[n];
  if (last === undefined) return fit;
  const next = new Float64Array(n + 1);
  let [variance, residual] = [covariance(hypothesis, last, last) + START_NOISE + hypothesis.noise, last.value];
  for (let j = 0; j < n; j++) {
    const [row, before] = [rows[j], fit.factor[j]];
    if (row === undefined || before === undefined) throw new RangeError(`the fit holds fewer than ${n} rows`);
    const common = covariance(hypothesis, last, row) + (last.start === row.start ? START_NOISE : 0);
    const value = (common - dot(next, before, j)) / (before[j] ?? 1);
    next[j] = value;
    variance -= value * value;
    residual -= value * (fit.whitened[j] ?? 0);
  }
  const scale = Math.sqrt(Math.max(variance, 1e-12));
  next[n] = scale;
  const white = residual / scale;
  return {
    factor: [...fit.factor, next],
    whitened: [...fit.whitened, white],
    logWeight: fit.logWeight - Math.log(scale) - (white * white) / 2,
  };
}

/** What two rows have in common by cell, level and drift. */
function covariance({ kernel, driftPerSecond }: Hypothesis, a: Row, b: Row): number {
  return (kernel[a.cell]?.[b.cell] ?? 0) + LEVEL + driftPerSecond * Math.min(a.at, b.at);
}

/** L⁻¹·values for as many values as L has rows. */
export function whiten({ factor }: Fit, values: ArrayLike<number>): Float64Array {
  const out = new Float64Array(factor.length);
  factor.forEach((row, i) => {
    out[i] = ((values[i] ?? 0) - dot(out, row, i)) / (row[i] ?? 1);
  });
  return out;
}

/** Of the first `length` values. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
