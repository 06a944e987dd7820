// Which knobs turned out not to matter: axes whose values do not differ measurably, pooled over the other axes.
// Source: contract §9, last paragraph.
import { contrast, type AdditiveFit } from "../statistics/additive-fit.ts";
import { AXES, AXIS_KNOB, knobDistance, type Axis } from "../knobs.ts";
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
  const values = [...new Set(cells.map((cell) => valueOf(axis, cell)))];
  const pairs = values.flatMap((a, place) => values.slice(place + 1).map((b) => matched(axis, cells, a, b)));
  const comparable = pairs.filter((terms) => terms.length > 0);
  if (comparable.length === 0) return false;
  const t = tTwoSided(1 - 0.05 / comparable.length, fit.df);
  return comparable.every((terms) => {
    const { value, se } = contrast(fit, terms);
    return Math.abs(value) <= t * se + ROUNDING;
  });
}

/** The mean difference of two values over pairs of cells that are equal in every other knob. */
function matched(axis: Axis, cells: readonly Cell[], a: number | null, b: number | null): [number, number][] {
  const pairs = cells
    .filter((cell) => valueOf(axis, cell) === a)
    .flatMap((cell) => {
      const twin = cells.find((other) => valueOf(axis, other) === b && knobDistance(other.knobs, cell.knobs) === 1);
      return twin ? [[cell.index, twin.index] as const] : [];
    });
  return pairs.flatMap(([one, other]) => [
    [one, 1 / pairs.length],
    [other, -1 / pairs.length],
  ]);
}

function valueOf(axis: Axis, cell: Cell): number | null {
  return cell.knobs[AXIS_KNOB[axis]] ?? null;
}
