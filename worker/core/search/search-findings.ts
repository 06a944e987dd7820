// Which knobs turned out not to matter: axes whose values do not differ measurably, pooled over the other axes.
// Source: contract §9, last paragraph.
import { contrast, type AdditiveFit } from "../statistics/additive-fit.ts";
import { AXES, type Axis } from "../knobs.ts";
import { matchedDifference, valuesOf } from "./cell-axes.ts";
import type { Cell } from "./search.ts";
import { ROUNDING } from "./search-visits.ts";
import { tTwoSided } from "../statistics/statistics.ts";

/**
 * Name the axes without a measurable difference: "kv_bits: no measurable difference".
 * @param cells those that fit
 * @param fit of ln tps, rows are cell indices
 * @returns nothing about an axis without two comparable values, and nothing at all while the noise is unknown
 */
export function findingsOf(cells: readonly Cell[], fit: AdditiveFit): string[] {
  if (fit.df < 1) return [];
  return AXES.filter((axis) => isLevel(axis, cells, fit)).map((axis) => `${axis}: no measurable difference`);
}

/** Every pair of values is compared at 95 % over all pairs (Bonferroni). */
function isLevel(axis: Axis, cells: readonly Cell[], fit: AdditiveFit): boolean {
  const values = valuesOf(cells, axis);
  const pairs = values.flatMap((a, place) => values.slice(place + 1).map((b) => matchedDifference(axis, cells, a, b)));
  const comparable = pairs.filter((terms) => terms.length > 0);
  if (comparable.length === 0) return false;
  const t = tTwoSided(1 - 0.05 / comparable.length, fit.df);
  return comparable.every((terms) => {
    const { value, se } = contrast(fit, terms);
    return Math.abs(value) <= t * se + ROUNDING;
  });
}
