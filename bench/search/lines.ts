// Many searches summed up as one line.
import type { SearchMethod } from "../../worker/core/search/search.ts";
import { search, type Found } from "./run.ts";
import type { WorldName } from "./worlds.ts";

export interface Line {
  searches: number;
  /** Shares, 0 to 1. */
  right: number;
  replaced: number;
  loss: number;
  /** Parts of fixed's time: mean, its standard error, and what nine of ten searches stay below. */
  time: number;
  timeError: number;
  time90: number;
  starts: number;
  requests: number;
  /** Mean size of what `left` was off, as part of all requests. */
  left: number;
}

/** Seeds 1 to `searches`, the same for every method. */
export function lineOf<S>(method: SearchMethod<S>, world: WorldName, drift: number, searches: number): Line {
  const all = Array.from({ length: searches }, (_, seed) => search(method, world, drift, seed + 1));
  const mean = (of: (one: Found) => number): number => all.reduce((sum, one) => sum + of(one), 0) / searches;
  const time = mean((one) => one.time);
  const times = all.map((one) => one.time).toSorted((a, b) => a - b);
  const variance = mean((one) => (one.time - time) ** 2);
  const off = all.flatMap(({ leftErrors }) => leftErrors.map(Math.abs));
  return {
    ...{ searches, time, timeError: Math.sqrt(variance / searches) },
    right: mean((one) => Number(one.right)),
    replaced: mean((one) => Number(one.replaced)),
    loss: mean((one) => one.loss),
    time90: times[Math.floor(0.9 * searches)] ?? time,
    starts: mean((one) => one.starts),
    requests: mean((one) => one.requests),
    left: off.reduce((sum, one) => sum + one, 0) / Math.max(1, off.length),
  };
}
