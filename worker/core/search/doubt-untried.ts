// Cells that are not tried, as what is like them does not fit. Source: docs/doubt.md.
import { axesOf, valueOf } from "./cell-axes.ts";
import { cellName, type Axis } from "../knobs.ts";
import { fittingCells, misfitOf, type SearchVisit } from "./search-visits.ts";
import type { Cell } from "./search.ts";

/** Cells that were never measured and are taken not to fit, each with the reason. */
export function untriedOf(
  cells: readonly Cell[],
  visits: readonly SearchVisit[],
  baseline: Cell | null,
): Map<number, string> {
  const axes = axesOf(cells);
  const misfits = cells.filter(({ index }) => misfitOf(visits, index) !== null);
  if (misfits.length === 0) return new Map();
  const fitting = fittingCells(cells, visits);
  const unmeasured = cells.filter(({ index }) => !visits.some(({ cellIndex }) => cellIndex === index));
  return new Map(
    unmeasured.flatMap((cell): [number, string][] => {
      const reason = smallerFailed(cell, misfits, axes) ?? valueFailed(cell, { misfits, fitting, axes, baseline });
      return reason === null ? [] : [[cell.index, reason]];
    }),
  );
}

/** Equal but for a smaller max_batch. */
function smallerFailed(cell: Cell, misfits: readonly Cell[], axes: readonly Axis[]): string | null {
  const smaller = misfits.find(
    (one) =>
      (valueOf(one, "max_batch") ?? 1) < (valueOf(cell, "max_batch") ?? 1) &&
      axes.every((axis) => axis === "max_batch" || valueOf(one, axis) === valueOf(cell, axis)),
  );
  return smaller ? `not tried: ${cellName(smaller.knobs)} does not fit` : null;
}

interface Seen {
  misfits: readonly Cell[];
  fitting: readonly Cell[];
  axes: readonly Axis[];
  baseline: Cell | null;
}

/** Two cells failed with a value that the baseline does not have and that no cell fitted with. */
function valueFailed(cell: Cell, { misfits, fitting, axes, baseline }: Seen): string | null {
  for (const axis of axes) {
    const value = valueOf(cell, axis);
    const has = (one: Cell): boolean => valueOf(one, axis) === value;
    if (baseline !== null && has(baseline)) continue;
    if (misfits.filter(has).length >= 2 && !fitting.some(has))
      return `not tried: no cell with ${axis} ${value ?? "unset"} fits`;
  }
  return null;
}
