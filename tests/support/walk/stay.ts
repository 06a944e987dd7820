// A search method that exists only for tests: one request per visit, of the first cell twice, the second, the first; servers are kept.
import type { Belief } from "../../../worker/core/search/belief.ts";
import { fixed, type FixedState } from "../../../worker/core/search/search-fixed.ts";
import { visitOf } from "../../../worker/core/search/search-visits.ts";
import type { SearchMethod } from "../../../worker/core/search/search.ts";

/** Cells, in the order in which they are visited. */
export const STAY_ORDER = [0, 0, 1, 0];

export const stay = {
  ...fixed,
  name: "stay",
  title: "Stay",
  help: "Stay leaves the server running while the next request is for the same cell.",
  ownSettings: [],
  keepsServer: true,
  expected: () => ({ visits: startsFrom(0), replicates: STAY_ORDER.length }),
  start: (settings) => fixed.start({ ...settings, replicates: 1 }),
  left: ({ visits: { length } }) => ({ visits: startsFrom(length), replicates: STAY_ORDER.length - length }),
  next({ visits: { length } }) {
    const cellIndex = STAY_ORDER[length];
    if (cellIndex === undefined) return { kind: "done" };
    return { kind: "visit", cellIndex, replicates: 1, nonceSet: length, purpose: "pass" };
  },
  accept: (state, result) => ({ ...state, visits: [...state.visits, visitOf(result, 1)] }),
  belief: ({ visits: { length } }) => ({ ...NO_DOUBT, next: STAY_ORDER[length] ?? null }),
} satisfies SearchMethod<FixedState, "stay">;

/** Stage 1's server serves the first cell. */
const startsFrom = (place: number): number =>
  STAY_ORDER.filter((cell, at) => at >= place && cell !== (STAY_ORDER[at - 1] ?? STAY_ORDER[0])).length;

const NO_DOUBT: Omit<Belief, "next"> = {
  ...{ leader: 0, baseline: 0, rival: null, doubt: 0, proven: true, proof: null },
  ...{ cells: [], axes: [], drift: 0, noise: 0 },
};
