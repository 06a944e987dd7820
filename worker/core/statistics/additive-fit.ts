// How cells are compared although the machine drifts: value = row effect + column effect + noise, with clipped residuals.
// Rows are cells, columns are passes, values are logarithms. Source: contract §9, "fit cell + pass effects (clipped residuals)".
import { median } from "./statistics.ts";

export interface Observation {
  row: number;
  column: number;
  value: number;
}

export interface AdditiveFit {
  /** Labels of the rows, ascending. */
  rows: number[];
  /** Labels of the columns, ascending. The first one's effect is 0 by definition. */
  columns: number[];
  /** Row effects, then the effects of all columns but the first; unit of the values. */
  effects: number[];
  /** Inverse of the normal matrix: sigma² times it is the covariance of `effects`. */
  inverse: number[][];
  /** Noise of one observation; 0 if df is 0. */
  sigma: number;
  /** Observations minus the effects that could be told apart. */
  df: number;
}

export interface Estimate {
  value: number;
  /** Standard error; meaningless at df 0. */
  se: number;
}

/** Residuals beyond so many sigmas count as that many; at 2.5 a clean sample has 1.2 % of them. */
const CLIP = 2.5;
/** The clipped fit moves by less than a thousandth of sigma after a few rounds. */
const ROUNDS = 8;

/** Fit row and column effects by least squares with clipped residuals. @returns an empty fit for no observations */
export function fitAdditive(observations: readonly Observation[]): AdditiveFit {
  const rows = labels(observations.map((o) => o.row));
  const columns = labels(observations.map((o) => o.column));
  const size = rows.length + Math.max(columns.length - 1, 0);
  const places = observations.map((o) => placesOf(o, rows, columns));
  const { inverse, rank } = invert(normalMatrix(places, size));
  const df = observations.length - rank;

  const values = observations.map((o) => o.value);
  let effects = solve(inverse, places, values);
  let residuals = residualsOf(effects, places, values);
  let limit = clipLimit(residuals, df);
  for (let round = 0; round < ROUNDS && residuals.some((r) => Math.abs(r) > limit); round++) {
    const pulled = residuals.map((r, i) => (values[i] ?? 0) - r + clip(r, limit));
    effects = solve(inverse, places, pulled);
    residuals = residualsOf(effects, places, values);
    limit = clipLimit(residuals, df);
  }
  return { rows, columns, effects, inverse, sigma: sigmaOf(residuals, limit, df), df };
}

/** Estimate a weighted sum of row effects, e.g. [[a, 1], [b, −1]]; rows that are not in the fit count as 0. */
export function contrast(fit: AdditiveFit, terms: readonly (readonly [row: number, weight: number])[]): Estimate {
  const placed = terms.map(([row, weight]) => [fit.rows.indexOf(row), weight] as const).filter(([place]) => place >= 0);
  let value = 0;
  let variance = 0;
  for (const [i, a] of placed) {
    value += a * (fit.effects[i] ?? 0);
    for (const [j, b] of placed) variance += a * b * (fit.inverse[i]?.[j] ?? 0);
  }
  return { value, se: fit.sigma * Math.sqrt(Math.max(variance, 0)) };
}

/** The effect of a column against the first column; 0 for the first and for unknown ones. */
export function columnEffect(fit: AdditiveFit, column: number): number {
  const place = fit.columns.indexOf(column);
  return place < 1 ? 0 : (fit.effects[fit.rows.length + place - 1] ?? 0);
}

function labels(values: number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** The one or two effects that an observation is the sum of. */
function placesOf(observation: Observation, rows: number[], columns: number[]): number[] {
  const column = columns.indexOf(observation.column);
  const row = rows.indexOf(observation.row);
  return column === 0 ? [row] : [row, rows.length + column - 1];
}

function normalMatrix(places: number[][], size: number): number[][] {
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const place of places) for (const i of place) for (const j of place) add(matrix, i, j, 1);
  return matrix;
}

/** Gauss-Jordan on a symmetric matrix; an effect that cannot be told from the others gets a zero row, so it becomes 0. */
function invert(matrix: number[][]): { inverse: number[][]; rank: number } {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  const dead: number[] = [];
  for (let i = 0; i < size; i++) {
    const pivotRow = work[i] ?? [];
    const pivot = pivotRow[i] ?? 0;
    if (pivot < 1e-9) {
      dead.push(i);
      continue;
    }
    for (let k = 0; k < pivotRow.length; k++) pivotRow[k] = (pivotRow[k] ?? 0) / pivot;
    for (let r = 0; r < size; r++) if (r !== i) eliminate(work[r] ?? [], pivotRow, i);
  }
  const inverse = work.map((row, i) => row.slice(size).map((x, j) => (dead.includes(i) || dead.includes(j) ? 0 : x)));
  return { inverse, rank: size - dead.length };
}

function eliminate(row: number[], pivotRow: number[], column: number): void {
  const factor = row[column] ?? 0;
  if (factor === 0) return;
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0);
}

function solve(inverse: number[][], places: number[][], values: number[]): number[] {
  const sums = new Array<number>(inverse.length).fill(0);
  places.forEach((place, i) => place.forEach((p) => (sums[p] = (sums[p] ?? 0) + (values[i] ?? 0))));
  return inverse.map((row) => row.reduce((total, x, j) => total + x * (sums[j] ?? 0), 0));
}

function residualsOf(effects: number[], places: number[][], values: number[]): number[] {
  return values.map((value, i) => (places[i] ?? []).reduce((rest, place) => rest - (effects[place] ?? 0), value));
}

/** 2.5 robust sigmas: 1.4826 · median |residual| is sigma for normal noise; √(n/df) undoes what the fit took away. */
function clipLimit(residuals: number[], df: number): number {
  if (df < 1) return Infinity;
  const scale = 1.4826 * (median(residuals.map(Math.abs)) ?? 0) * Math.sqrt(residuals.length / df);
  return scale > 1e-12 ? CLIP * scale : Infinity;
}

function clip(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}

/** Huber's estimate: the clipped residuals' mean square over the squared share of unclipped ones. */
function sigmaOf(residuals: number[], limit: number, df: number): number {
  if (df < 1) return 0;
  const squares = residuals.reduce((sum, r) => sum + clip(r, limit) ** 2, 0);
  const free = residuals.filter((r) => Math.abs(r) <= limit).length / residuals.length;
  return Math.sqrt(squares / df) / Math.max(free, 0.5);
}

function add(matrix: number[][], i: number, j: number, amount: number): void {
  const row = matrix[i];
  if (row) row[j] = (row[j] ?? 0) + amount;
}
