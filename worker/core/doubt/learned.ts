// What rows have taught all hypotheses; taught row by row, so a further row costs little. Pure.
import { unfitted, withLastRow, type Fit, type Row } from "./fit.ts";
import { hypothesesOf, type Hypothesis, type Levels } from "./hypotheses.ts";
import { posteriorOf, type Posterior } from "./posterior.ts";

export interface Learned {
  hypotheses: readonly Hypothesis[];
  fits: readonly Fit[];
  rows: readonly Row[];
}

export function untaught(levels: Levels): Learned {
  const hypotheses = hypothesesOf(levels);
  return { hypotheses, fits: hypotheses.map(unfitted), rows: [] };
}

/** @param rows begin with those that `before` knows */
export function taught(before: Learned, rows: readonly Row[]): Learned {
  let { fits } = before;
  for (let count = before.rows.length + 1; count <= rows.length; count++) {
    const known = rows.slice(0, count);
    fits = before.hypotheses.map((hypothesis, place) => {
      const fit = fits[place];
      if (fit === undefined) throw new RangeError("a hypothesis without its fit");
      return withLastRow(fit, hypothesis, known);
    });
  }
  return { hypotheses: before.hypotheses, fits, rows };
}

/** @param now seconds since the first row */
export const believed = ({ hypotheses, fits, rows }: Learned, now: number): Posterior =>
  posteriorOf(hypotheses, fits, rows, now);
