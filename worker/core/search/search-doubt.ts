// Method `doubt`: one belief about all cells, one rule: the next request goes where the doubt about the answer shrinks most per
// second, start included. Source: docs/doubt.md.
import { bestRequest } from "../doubt/decide.ts";
import { beliefOf } from "./doubt-belief.ts";
import { inherit, viewOf } from "./doubt-knowledge.ts";
import { expectedOf, leftOf } from "./doubt-left.ts";
import { doubtOutcome } from "./doubt-outcome.ts";
import { costsOf, doubtVisitOf, isRunning, isSpent, type DoubtState } from "./doubt-state.ts";
import type { SearchMethod, Step } from "./search.ts";

export const doubt: SearchMethod<DoubtState, "doubt"> = {
  name: "doubt",
  title: "Doubt",
  help: "Doubt asks, one request at a time, what tells most about the best cell, and stops once little doubt is left.",
  ownSettings: [],
  keepsServer: true,
  expected: (cells) => expectedOf(cells),
  left: (state) => leftOf(state, nextCell(state)),
  start: (settings) => ({ settings, visits: [] }),
  next(state) {
    const cellIndex = nextCell(state);
    return cellIndex === null ? { kind: "done" } : request(state, cellIndex);
  },
  accept(state, result) {
    if (!state.settings.cells.some(({ index }) => index === result.cellIndex)) return state;
    return inherit({ ...state, visits: [...state.visits, doubtVisitOf(state, result)] }, state);
  },
  outcome: doubtOutcome,
  belief: (state) => beliefOf(state, nextCell(state)),
};

/** The k-th request of every cell has the k-th set of prompts: cells meet the same ones, and none meets one twice. */
function request({ visits }: DoubtState, cellIndex: number): Step {
  const nonceSet = visits.filter((visit) => visit.cellIndex === cellIndex).length;
  return { kind: "visit", cellIndex, replicates: 1, nonceSet, purpose: "pass" };
}

/** Null once the search is over. */
function nextCell(state: DoubtState): number | null {
  const { field, belief, standing } = viewOf(state);
  if (isSpent(state) || field.fits.length === 0) return null;
  if (belief === null || standing === null) return field.baseline ?? field.fits[0] ?? null;
  if (standing.pair !== null)
    return bestRequest(belief, field.fits, standing.pair, {
      ...costsOf(state),
      isRunning: (cell) => isRunning(state, cell),
    });
  const answer = standing.proven ? standing.leader : (field.baseline ?? standing.leader);
  return field.measured.includes(answer) ? null : answer;
}
