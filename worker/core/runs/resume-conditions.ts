// Under which conditions figures of another run still hold: nothing that has a say in them may have changed since.
// Source: contract §15 (resume: the same inputs, binary, OS boot and model revisions).
import { cellName } from "../knobs.ts";
import type { Cell } from "../search/search.ts";

/** Name and value of everything that must be the same; null = it could not be told. */
export type Conditions = readonly (readonly [what: string, value: string | number | null])[];

/** Weights of these candidates say nothing about what was measured: they were not there, or not looked at. */
export const WITHOUT_WEIGHTS: readonly string[] = ["pre_warm", "crash_suspect"];

/**
 * Name what differs, a line each: `program: was "1.4.0", now "1.5.0"`.
 * @param was as `now`, in the same order
 * @param unknownIsSame names of conditions that hold if neither side could be told
 */
export function differences(was: Conditions, now: Conditions, unknownIsSame: readonly string[] = []): string[] {
  return now.flatMap(([what, value], place) => {
    const before = was[place]?.[1] ?? null;
    const same = value === before && (value !== null || unknownIsSame.includes(what));
    return same ? [] : [`${what}: was ${quoted(before)}, now ${quoted(value)}`];
  });
}

/** Cells in one text, the incumbent marked. */
export function cellsText(cells: readonly Pick<Cell, "knobs" | "incumbent">[]): string {
  return cells.map(({ knobs, incumbent }) => `${cellName(knobs)}${incumbent ? " (configured)" : ""}`).join("; ");
}

const quoted = (value: string | number | null): string => (value === null ? "unknown" : JSON.stringify(value));
