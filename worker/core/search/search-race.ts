// Method `race`: passes over the cells that are still in, forward and back, then a confirmation. This file owns the sequence of
// visits; race-evidence.ts owns the statistics, race-choice.ts the choice, race-outcome.ts the words. Source: contract §9, `--method race`.
import { choose, confirmingReplicates, type Choice } from "./race-choice.ts";
import { delay, gain, gather, isFaster, isReplacement, type Evidence, type RaceVisit } from "./race-evidence.ts";
import { outcomeOf } from "./race-outcome.ts";
import type { Dropped, Plan, RaceState } from "./race-state.ts";
import type { Cell, SearchMethod, SearchSettings, VisitCount, VisitResult } from "./search.ts";
import { visitOf, inOrder, misfitOf, percent } from "./search-visits.ts";
import { cellName } from "../knobs.ts";

export type { RaceState };

const MAX_PASSES = 6;
/** Visits of a confirmation: A B B A. */
const CONFIRMING = 4;
/** Survivors this close to the leader, ln, end the race: 5 %. */
const CLOSE = -Math.log(0.95);
/** A start dearer than so many requests makes visits longer. */
const DEAR_START = 3;

/** Mean passes before it stops; measured by `npm run bench:search`. */
const MEAN_PASSES = 2.5;
const MEAN_REPLICATES = 2;
/** Of the cells that look like going on after a pass this part does; measured likewise. */
const GOES_ON = 0.75;

export const race: SearchMethod<RaceState, "race"> = {
  name: "race",
  title: "Race",
  help: "Race measures the knobs against each other in turns and drops the losers early.",
  ownSettings: [],
  keepsServer: false,
  expected(cells) {
    const visits = Math.max(1, Math.round(cells * MEAN_PASSES));
    return { visits, replicates: visits * MEAN_REPLICATES };
  },
  left: expectedLeft,
  start(settings) {
    const empty: RaceState = {
      settings,
      visits: [],
      dropped: [],
      pass: 0,
      nonceSets: 0,
      plan: null,
      confirmation: null,
    };
    return settings.cells.length === 0 ? empty : withPass(empty);
  },
  next({ plan }) {
    const visit = plan?.queue[0];
    return plan && visit
      ? { kind: "visit", ...visit, replicates: plan.replicates, purpose: plan.purpose }
      : { kind: "done" };
  },
  accept(state, result) {
    const place = state.plan?.queue.findIndex((visit) => visit.cellIndex === result.cellIndex) ?? -1;
    const visit = state.plan?.queue[place];
    if (!state.plan || !visit) return state;
    const queue = state.plan.queue.filter((_, i) => i !== place);
    return settle(withVisit({ ...state, plan: { ...state.plan, queue } }, result, visit.nonceSet));
  },
  outcome: outcomeOf,
};

/** What is planned, then what would come if the rest of this pass told nothing new. */
function expectedLeft(state: RaceState): VisitCount {
  const { plan } = state;
  if (plan === null) return { visits: 0, replicates: 0 };
  const planned = { visits: plan.queue.length, replicates: plan.queue.length * plan.replicates };
  const next = plan.purpose === "confirm" ? null : afterPass({ ...state, plan: { ...plan, queue: [] } }).plan;
  if (next === null) return planned;
  const visits = next.purpose === "confirm" ? next.queue.length : GOES_ON * next.queue.length + CONFIRMING;
  return { visits: planned.visits + visits, replicates: planned.replicates + visits * next.replicates };
}

function withVisit(state: RaceState, result: VisitResult, column: number): RaceState {
  const visit: RaceVisit = { ...visitOf(result, 1), column, purpose: state.plan?.purpose ?? "pass" };
  const wasDroppedBy = (one: Dropped) => visit.misfit !== null && one.leader === visit.cellIndex;
  return { ...state, visits: [...state.visits, visit], dropped: state.dropped.filter((one) => !wasDroppedBy(one)) };
}

/** Go on with the plan, or decide what comes after it. */
function settle(state: RaceState): RaceState {
  const { plan, visits } = state;
  const last = visits.at(-1);
  if (!plan || !last || last.elapsedShare >= 1) return { ...state, plan: null };
  const aborted = plan.purpose === "confirm" && last.misfit !== null;
  if (plan.queue.length > 0 && !aborted) return state;
  if (plan.purpose === "confirm" && !aborted) return { ...state, plan: null };
  return afterPass(state);
}

function afterPass(state: RaceState): RaceState {
  const evidence = gather(state.settings.cells, state.visits);
  const thinned = thinOut(state, evidence);
  const left = survivors(thinned);
  const choice = choose(state.settings.cells, evidence, (cell) => isDropped(thinned, cell));
  const over = left.length <= 1 || thinned.pass >= MAX_PASSES || (thinned.pass > 1 && allClose(left, evidence));
  const reserve = choice?.cell === evidence.baseline ? 0 : CONFIRMING;
  if (!over && hasTime(thinned, left.length + reserve, visitReplicates(state.settings))) return withPass(thinned);
  return withConfirmation(thinned, evidence, choice);
}

/** Drop what is measurably slower than the leader; the baseline only when it may be replaced. */
function thinOut(state: RaceState, evidence: Evidence): RaceState {
  const left = survivors(state);
  const leader = left.toSorted((a, b) => gain(evidence, b, a).value)[0];
  if (!leader) return state;
  const losers = left.filter((cell) =>
    cell === evidence.baseline ? isReplacement(evidence, leader, cell) : isFaster(evidence, leader, cell),
  );
  const dropped = losers.map((cell) => ({
    cellIndex: cell.index,
    leader: leader.index,
    reason: `${percent(-Math.expm1(gain(evidence, cell, leader).value))} % slower than ${cellName(leader.knobs)} after pass ${state.pass}`,
  }));
  return { ...state, dropped: [...state.dropped, ...dropped] };
}

function allClose(cells: Cell[], evidence: Evidence): boolean {
  return cells.every((a) => cells.every((b) => gain(evidence, a, b).value <= CLOSE));
}

function withPass(state: RaceState): RaceState {
  const pass = state.pass + 1;
  const queue = passOrder(survivors(state), pass).map((cell) => ({ cellIndex: cell.index, nonceSet: state.nonceSets }));
  const plan: Plan = { purpose: "pass", replicates: visitReplicates(state.settings), queue };
  return { ...state, pass, plan, nonceSets: state.nonceSets + 1 };
}

/** Batched cells run behind the others in pass 1; every second pass runs all backwards, so that a linear drift cancels. */
function passOrder(cells: Cell[], pass: number): Cell[] {
  return pass % 2 === 1 ? inOrder(cells) : inOrder(cells).toReversed();
}

/** Plan A B B A with fresh nonces if the choice would replace the baseline and the time is there; else the race is over. */
function withConfirmation(state: RaceState, evidence: Evidence, choice: Choice | null): RaceState {
  const { baseline } = evidence;
  if (choice === null || baseline === null || choice.cell === baseline) return { ...state, plan: null };
  const seen = choice.basis === "ttft" ? delay(evidence, choice.cell, baseline) : gain(evidence, choice.cell, baseline);
  const { sigma } = choice.basis === "ttft" ? evidence.ttft : evidence.speed;
  const replicates = confirmingReplicates(Math.abs(seen.value), sigma, visitReplicates(state.settings));
  if (!hasTime(state, CONFIRMING, replicates)) return { ...state, plan: null };
  const [first, second] = [state.nonceSets, state.nonceSets + 1];
  const [a, b] = [baseline.index, choice.cell.index];
  const queue = [
    { cellIndex: a, nonceSet: first },
    { cellIndex: b, nonceSet: first },
    { cellIndex: b, nonceSet: second },
    { cellIndex: a, nonceSet: second },
  ];
  const confirmation = {
    challenger: b,
    baseline: a,
    basis: choice.basis,
    nonceSets: [first, second] as [number, number],
  };
  return { ...state, plan: { purpose: "confirm", replicates, queue }, nonceSets: second + 1, confirmation };
}

/** Say whether so many more visits fit into the rest of the run, judged by the share that visits took so far. */
function hasTime({ visits, settings }: RaceState, count: number, replicates: number): boolean {
  const [first, last] = [visits[0]?.elapsedShare ?? 0, visits.at(-1)?.elapsedShare ?? 0];
  const each = visits.length > 1 ? (last - first) / (visits.length - 1) : last;
  const cost = (n: number) => Math.max(settings.startSeconds, 0) + n * Math.max(settings.requestSeconds, 0);
  const usual = visitReplicates(settings);
  const longer = cost(usual) > 0 ? cost(replicates) / cost(usual) : replicates / usual;
  return last + Math.max(each, 0) * longer * count <= 1;
}

function visitReplicates({ startSeconds, requestSeconds }: SearchSettings): number {
  return startSeconds > DEAR_START * requestSeconds ? 4 : 2;
}

function survivors(state: RaceState): Cell[] {
  return state.settings.cells.filter((cell) => !isDropped(state, cell) && misfitOf(state.visits, cell.index) === null);
}

function isDropped(state: RaceState, cell: Cell): boolean {
  return state.dropped.some((one) => one.cellIndex === cell.index);
}
