// One search by one method on one machine under a virtual clock.
import type { SearchMethod, Step, VisitResult } from "../../worker/core/search/search.ts";
import { normal, seeded } from "../../tests/support/search-simulation.ts";
import { driftOf, SHAPES } from "./drift.ts";
import { WORLDS, type Landscape, type WorldName } from "./worlds.ts";

/** Seconds of a start with its warm-up, and of a request. */
export const [START, REQUEST] = [37.5, 15];
/** What `fixed` takes for a cell. */
const FIXED_CELL = START + 5 * REQUEST;
/** Standard deviation of one request. */
const CV = 0.05;

export interface Found {
  /** Within 5 % of the best cell. */
  right: boolean;
  /** Time as part of what `fixed` takes. */
  time: number;
  starts: number;
  requests: number;
  replaced: boolean;
  /** Share of speed that the answer lacks against the best. */
  loss: number;
  /** Requests that `left` told before each step, minus those that came, as part of all. */
  leftErrors: number[];
}

/** @param drift share of speed that is lost at most, 0 to 1 @param seed same seed, same landscape and same shape of drift */
export function search<S>(method: SearchMethod<S>, world: WorldName, drift: number, seed: number): Found {
  const uniform = seeded(seed * 7919 + 1);
  const random = { uniform, normal: normal(uniform) };
  const land = WORLDS[world](random);
  const shape = SHAPES[Math.floor(4 * uniform())] ?? "lin";
  const machine = machineOf(land, driftOf(shape, drift), random.normal, method.keepsServer);
  const told: number[] = [];
  let state = method.start({ ...SETTINGS, cells: land.cells });
  for (let step = method.next(state); step.kind === "visit"; step = method.next(state)) {
    told.push(machine.requests() + method.left(state).replicates);
    state = method.accept(state, machine.visit(step));
  }
  const winner = method.outcome(state).winner ?? 0;
  const all = machine.requests();
  const behind = Math.max(...land.speed) - (land.speed[winner] ?? 0);
  return {
    right: behind <= Math.log(1 / 0.95),
    time: machine.seconds() / (land.cells.length * FIXED_CELL),
    starts: machine.starts(),
    requests: all,
    replaced: winner !== 0,
    loss: -Math.expm1(-behind),
    leftErrors: told.map((one) => (one - all) / all),
  };
}

/** No tie band: `fixed` is to find the fastest cell. */
const SETTINGS = { replicates: 5, tieEpsilon: 0, startSeconds: START, requestSeconds: REQUEST };

/** Where servers are kept, the one that Stage 1 left runs the default cell. */
function machineOf(land: Landscape, drift: ReturnType<typeof driftOf>, noise: () => number, keeps: boolean) {
  let [seconds, starts, requests, running] = [0, 0, 0, keeps ? 0 : -1];
  const pass = (length: number, isRequest: boolean): void => {
    seconds += length;
    drift.pass(length, isRequest);
  };
  const request = (cell: number): { tps: number; ttftMs: number; at: number } => {
    pass(REQUEST / 2, true);
    const [slower, at] = [Math.log(1 - drift.loss()), seconds];
    pass(REQUEST / 2, true);
    requests += 1;
    const tps = 40 * Math.exp((land.speed[cell] ?? 0) + slower + CV * noise());
    return { tps, ttftMs: 900 * Math.exp((land.ttft[cell] ?? 0) - slower + CV * noise()), at };
  };
  const visit = ({ cellIndex, replicates }: Step & { kind: "visit" }): VisitResult => {
    const kept = keeps && running === cellIndex;
    if (!kept) {
      [running, starts] = [cellIndex, starts + 1];
      pass(START, false);
    }
    const made = Array.from({ length: replicates }, () => request(cellIndex));
    const times = { start: starts, startSeconds: kept ? null : START, requestSeconds: REQUEST };
    return {
      ...{ cellIndex, tps: made.map(({ tps }) => tps), ttftMs: made.map(({ ttftMs }) => ttftMs) },
      ...{ misfit: null, elapsedShare: 0, times: { ...times, atSeconds: made.map(({ at }) => at) } },
    };
  };
  return { visit, seconds: () => seconds, starts: () => starts, requests: () => requests };
}
