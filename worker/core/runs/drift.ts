// How the machine's speed changed over a run: each cell's visits against its first one.
// Source: contract §9 (drift is estimated from the passes) and §15 (drift in the report).
import type { SpeedRow, VisitRow } from "./read-model.ts";
import { mean, median } from "../statistics/statistics.ts";

export interface DriftLine {
  name: string;
  /** Per visit in order, relative to the first: −0.12 = 12 % slower; starts with 0. */
  changes: number[];
}

/**
 * Follow every cell from visit to visit.
 * @param cells named trials with their visits and replicates in order
 * @returns the mean of all cells, then the cells that were visited twice or more; [] if there are none
 */
export function driftLines(
  cells: readonly {
    name: string;
    visits: readonly Pick<VisitRow, "id">[];
    replicates: readonly Omit<SpeedRow, "trial_id">[];
  }[],
): DriftLine[] {
  const lines = cells
    .map(({ name, visits, replicates }) => ({ name, changes: changesOf(speeds(visits, replicates)) }))
    .filter((line) => line.changes.length > 1);
  return lines.length === 0 ? [] : [{ name: "all cells", changes: meanOf(lines) }, ...lines];
}

/** Median tokens/s of each visit that has one. */
function speeds(visits: readonly Pick<VisitRow, "id">[], replicates: readonly Omit<SpeedRow, "trial_id">[]): number[] {
  return visits.flatMap((visit) => {
    const ofVisit = replicates.filter((one) => one.visit_id === visit.id && one.state === "ok");
    const speed = median(ofVisit.flatMap((one) => (one.tps !== null && one.tps > 0 ? [one.tps] : [])));
    return speed === null ? [] : [speed];
  });
}

function changesOf(values: number[]): number[] {
  const [first] = values;
  return first === undefined ? [] : values.map((value) => value / first - 1);
}

/** Geometric, as speeds multiply; over the cells that came that far. */
function meanOf(lines: readonly DriftLine[]): number[] {
  const visits = Math.max(...lines.map((line) => line.changes.length));
  return Array.from({ length: visits }, (_, visit) => {
    const logs = lines.flatMap(({ changes }) => (changes[visit] === undefined ? [] : [Math.log1p(changes[visit])]));
    return Math.expm1(mean(logs) ?? 0);
  });
}
