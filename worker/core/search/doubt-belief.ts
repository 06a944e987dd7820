// The belief of method `doubt` as data: who leads, how much doubt is left, what each knob does.
import { contrastOf, chanceMatters, difference, type Posterior } from "../doubt/posterior.ts";
import type { Belief } from "./belief.ts";
import { axesOf, matchedDifference, valueOf, valuesOf } from "./cell-axes.ts";
import { heldHypotheses, viewOf } from "./doubt-knowledge.ts";
import type { DoubtState } from "./doubt-state.ts";

type AxisBelief = Belief["axes"][number];
type Told = Pick<AxisBelief["effects"][number], "ratio" | "interval">;

/** @param next the cell that is asked next; null = the search is over @returns null before there is a belief */
export function beliefOf(state: DoubtState, next: number | null): Belief | null {
  const { field, belief, standing } = viewOf(state);
  if (belief === null || standing === null) return null;
  const { leader, rival, doubt, proven, proof } = standing;
  const against = field.baseline ?? leader;
  return {
    ...{ leader, rival, doubt, proven, proof, next },
    baseline: field.baseline,
    cells: field.fits.map((cellIndex) => ({ cellIndex, ...told(difference(belief, cellIndex, against)) })),
    axes: axesBelief(state, belief, against),
    drift: Math.expm1(belief.drift),
    noise: Math.sqrt(belief.noise),
  };
}

/** A difference of ln throughput as a relative change with its 95 % interval. */
export function told({ value, sd }: { value: number; sd: number }): Told {
  return { ratio: Math.expm1(value), interval: [Math.expm1(value - 1.96 * sd), Math.expm1(value + 1.96 * sd)] };
}

function axesBelief(state: DoubtState, belief: Posterior, against: number): AxisBelief[] {
  const { cells } = state.settings;
  const { fits } = viewOf(state).field;
  const fitting = cells.filter(({ index }) => fits.includes(index));
  const base = cells[against];
  if (base === undefined) return [];
  return axesOf(cells).map((axis, place) => {
    const others = valuesOf(fitting, axis).filter((value) => value !== valueOf(base, axis));
    const effects = others.flatMap((value) => {
      const terms = matchedDifference(axis, fitting, value, valueOf(base, axis));
      return terms.length === 0 ? [] : [{ value, ...told(contrastOf(belief, terms)) }];
    });
    return {
      axis,
      matters: chanceMatters(belief, heldHypotheses(state), place),
      against: valueOf(base, axis),
      effects,
    };
  });
}
