// What method `doubt` must reach, by world and drift, and whether a line does.
import type { Line } from "./lines.ts";
import type { WorldName } from "./worlds.ts";

export const DRIFTS = [0, 0.15, 0.3] as const;

/** One number per drift. */
type PerDrift = readonly [number, number, number];

interface Demand {
  world: WorldName;
  /** Share of searches that are right, at least. */
  right?: PerDrift;
  /** Share of searches in which the default is replaced, at most. */
  replaced?: PerDrift;
  /** Mean time as part of what `fixed` takes, at most. */
  time: PerDrift;
}

export const DEMANDS: readonly Demand[] = [
  { world: "bench", right: [0.97, 0.96, 0.93], time: [0.48, 0.52, 0.56] },
  { world: "knob", right: [0.95, 0.955, 0.955], time: [0.46, 0.5, 0.56] },
  { world: "inert", right: [0.97, 0.94, 0.94], time: [0.58, 0.64, 0.7] },
  { world: "iid", right: [0.95, 0.89, 0.89], time: [0.65, 0.68, 0.71] },
  { world: "ladder", right: [0.98, 0.98, 0.98], time: [0.57, 0.58, 0.6] },
  { world: "equal", replaced: [0.05, 0.04, 0.04], time: [0.7, 0.76, 0.8] },
];

/** What a line misses; two standard errors of so many searches are let pass. @param place of the drift */
export function missed(demand: Demand, place: 0 | 1 | 2, line: Line): string[] {
  const name = `${demand.world} at ${100 * DRIFTS[place]} % drift`;
  const share = (wanted: number): number => 2 * Math.sqrt((wanted * (1 - wanted)) / line.searches);
  const { right, replaced, time } = demand;
  return [
    ...(right && line.right < right[place] - share(right[place])
      ? [`${name}: right in ${line.right.toFixed(3)}, wanted ${right[place]}`]
      : []),
    ...(replaced && line.replaced > replaced[place] + share(replaced[place])
      ? [`${name}: default replaced in ${line.replaced.toFixed(3)}, allowed ${replaced[place]}`]
      : []),
    ...(line.time > time[place] + 2 * line.timeError
      ? [`${name}: ${line.time.toFixed(3)} of fixed's time, allowed ${time[place]}`]
      : []),
  ];
}
