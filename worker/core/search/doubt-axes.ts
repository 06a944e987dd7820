// The cells as a belief sees them: a level per axis that has at least two.
import type { Levels } from "../doubt/hypotheses.ts";
import { AXES, AXIS_KNOB, type Axis } from "../knobs.ts";
import type { Cell } from "./search.ts";

/** Axes with at least two values among the cells, in the order of the contract. */
export const axesOf = (cells: readonly Cell[]): Axis[] =>
  AXES.filter((axis) => new Set(cells.map((cell) => valueOf(cell, axis))).size > 1);

export const valueOf = ({ knobs }: Cell, axis: Axis): number | null => knobs[AXIS_KNOB[axis]] ?? null;

export function levelsOf(cells: readonly Cell[]): Levels {
  const axes = axesOf(cells).map((axis) => {
    const values = [...new Set(cells.map((cell) => valueOf(cell, axis)))];
    return { axis, values };
  });
  return cells.map((cell) => axes.map(({ axis, values }) => values.indexOf(valueOf(cell, axis))));
}
