// Which cells Stage 2 measures, and in which order: the product of the axes, defaults first, the incumbent always.
// Source: contract §9, first paragraph.
import { AXES, AXIS_KNOB, DEFAULT_KNOBS, knobDistance, knobsOf, type Axis, type Knobs } from "../knobs.ts";
import type { Cell } from "./search.ts";

export interface CellsAsked {
  /** Values per axis in the order asked for; null = flag not passed. An axis that is missing or empty leaves its knob unset. */
  axes: Partial<Record<Axis, readonly (number | null)[]>>;
  /** What the provider does by itself where that has a value, e.g. max_batch 1. Else: unset if listed, else the first value. */
  defaults?: Partial<Record<Axis, number | null>>;
  /** What the live config says for this model; null if it serves another one. */
  incumbent: Knobs | null;
  /** Why the program cannot serve these knobs as such; null if it can. */
  whyNotServed: (knobs: Knobs) => string | null;
}

export interface Cells {
  /** Defaults first, max_batch > 1 last; `index` is the place. */
  cells: Cell[];
  /** Combinations left out, each with the provider's reason. */
  dropped: { knobs: Knobs; reason: string }[];
}

/**
 * List the cells of Stage 2, each once: the default cell, the incumbent (so that a run cut short can still compare with
 * what is served now), then the rest of the product; max_batch > 1 after the others. Empty only if all are refused.
 */
export function buildCells(asked: CellsAsked): Cells {
  const incumbent = asked.incumbent === null ? null : spelledOut(asked.incumbent, asked);
  const all = distinct([defaultCell(asked), ...(incumbent === null ? [] : [incumbent]), ...product(asked)]);
  const judged = all.map((knobs) => ({ knobs, reason: asked.whyNotServed(knobs) }));
  const kept = batchedLast(judged.filter((one) => one.reason === null).map((one) => one.knobs));
  return {
    cells: kept.map((knobs, index) => ({ index, knobs, incumbent: incumbent !== null && same(knobs, incumbent) })),
    dropped: judged.flatMap(({ knobs, reason }) => (reason === null ? [] : [{ knobs, reason }])),
  };
}

/** Put knobs with max_batch > 1 behind the others, both in their order: the riskier load comes when results exist. */
export function batchedLast(list: readonly Knobs[]): Knobs[] {
  return [...list.filter((knobs) => !isBatched(knobs)), ...list.filter(isBatched)];
}

export function isBatched(knobs: Knobs): boolean {
  return (knobs.max_concurrency_override ?? 1) > 1;
}

/** An unset knob of the config means the provider's default value: where the axis lists that value, they are one cell. */
function spelledOut(knobs: Knobs, asked: CellsAsked): Knobs {
  return AXES.reduce((result, axis) => {
    const values = valuesOf(axis, asked);
    const byItself = asked.defaults?.[axis] ?? null;
    const unset = (result[AXIS_KNOB[axis]] ?? null) === null;
    return unset && !values.includes(null) && values.includes(byItself) ? withValue(result, axis, byItself) : result;
  }, knobs);
}

function defaultCell(asked: CellsAsked): Knobs {
  return AXES.reduce((knobs, axis) => {
    const values = valuesOf(axis, asked);
    const wanted = asked.defaults?.[axis] ?? null;
    return withValue(
      knobs,
      axis,
      values.includes(wanted) ? wanted : values.includes(null) ? null : (values[0] ?? null),
    );
  }, DEFAULT_KNOBS);
}

function product(asked: CellsAsked): Knobs[] {
  return AXES.reduce<Knobs[]>(
    (list, axis) => list.flatMap((knobs) => valuesOf(axis, asked).map((value) => withValue(knobs, axis, value))),
    [DEFAULT_KNOBS],
  );
}

function valuesOf(axis: Axis, asked: CellsAsked): readonly (number | null)[] {
  const values = asked.axes[axis] ?? [];
  return values.length === 0 ? [null] : values;
}

function withValue(knobs: Knobs, axis: Axis, value: number | null): Knobs {
  return knobsOf({ ...knobs, [AXIS_KNOB[axis]]: value });
}

function distinct(list: Knobs[]): Knobs[] {
  return list.filter((knobs, place) => list.findIndex((other) => same(other, knobs)) === place);
}

function same(a: Knobs, b: Knobs): boolean {
  return knobDistance(a, b) === 0;
}
