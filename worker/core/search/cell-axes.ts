// Cells by the axes on which they differ: their values, their levels, pairs that differ in one value only.
import type { Levels } from "../doubt/hypotheses.ts";
import { AXES, AXIS_KNOB, knobDistance, type Axis } from "../knobs.ts";
import type { Cell } from "./search.ts";

/** Axes with at least two values among the cells, in the order of the contract. */
export const axesOf = (cells: readonly Cell[]): Axis[] => AXES.filter((axis) => valuesOf(cells, axis).length > 1);

/** In the order of the cells, each once. */
export const valuesOf = (cells: readonly Cell[], axis: Axis): (number | null)[] => [
  ...new Set(cells.map((cell) => valueOf(cell, axis))),
];

export const valueOf = ({ knobs }: Cell, axis: Axis): number | null => knobs[AXIS_KNOB[axis]] ?? null;

/** For each cell the place of its value on each axis that has at least two. */
export function levelsOf(cells: readonly Cell[]): Levels {
  const axes = axesOf(cells).map((axis) => ({ axis, values: valuesOf(cells, axis) }));
  return cells.map((cell) => axes.map(({ axis, values }) => values.indexOf(valueOf(cell, axis))));
}

/** The mean difference of two values of an axis over pairs of cells that are equal in every other knob: cell and its factor. */
export function matchedDifference(
  axis: Axis,
  cells: readonly Cell[],
  value: number | null,
  against: number | null,
): [cell: number, factor: number][] {
  const pairs = cells
    .filter((cell) => valueOf(cell, axis) === value)
    .flatMap((cell) => {
      const twin = cells.find((one) => valueOf(one, axis) === against && knobDistance(one.knobs, cell.knobs) === 1);
      return twin ? [[cell.index, twin.index] as const] : [];
    });
  return pairs.flatMap(([one, other]) => [
    [one, 1 / pairs.length],
    [other, -1 / pairs.length],
  ]);
}
