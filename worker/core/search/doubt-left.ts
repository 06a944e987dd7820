// How much is still to come: the same rule played on, as if every request brought what is expected of it. For the ETA.
import { bestRequest, standingBy, type Odds, type Prices } from "../doubt/decide.ts";
import { START_NOISE } from "../doubt/fit.ts";
import { chanceAbove } from "../doubt/normal.ts";
import type { Posterior } from "../doubt/posterior.ts";
import { viewOf } from "./doubt-knowledge.ts";
import { costsOf, isRunning, limitSeconds, spentSeconds, type DoubtState } from "./doubt-state.ts";
import type { VisitCount } from "./search.ts";

/** Starts and requests of a whole search. Fitted to `npm run bench:search`: 2 to 24 cells. */
export function expectedOf(cells: number): VisitCount {
  if (cells <= 1) return { visits: 1, replicates: 2 };
  const visits = Math.max(1, Math.round(4.6 * Math.log(cells) - 0.5));
  return { visits, replicates: visits + 4 };
}

interface Future {
  mean: Float64Array;
  covariance: Float64Array[];
  noise: number;
  running: number | null;
}

/** @param next the cell that is asked next; null = it is over. `visits` of the result are starts. */
export function leftOf(state: DoubtState, next: number | null): VisitCount {
  if (next === null) return { visits: 0, replicates: 0 };
  const { belief, field } = viewOf(state);
  if (belief === null) return beforeBelief(state, next);
  return playOn(state, next, futureOf(belief, state), field.fits);
}

function beforeBelief({ settings, visits }: DoubtState, next: number): VisitCount {
  const all = expectedOf(settings.cells.length);
  const starts = visits.filter(({ startSeconds }) => startSeconds !== null).length;
  const needed = isRunning({ settings, visits }, next) ? 0 : 1;
  return { visits: Math.max(needed, all.visits - starts), replicates: Math.max(1, all.replicates - visits.length) };
}

const futureOf = ({ mean, covariance, noise }: Posterior, { visits }: DoubtState): Future => ({
  ...{ mean, noise },
  covariance: covariance.map((row) => row.slice()),
  running: visits.at(-1)?.misfit === null ? (visits.at(-1)?.cellIndex ?? null) : null,
});

/** Never beyond what the search may take in all. */
function playOn(state: DoubtState, next: number, future: Future, fits: readonly number[]): VisitCount {
  const costs = costsOf(state);
  const room = limitSeconds(state) - spentSeconds(state.visits);
  const left: VisitCount = { visits: 0, replicates: 0 };
  const baseline = viewOf(state).field.baseline;
  let seconds = 0;
  for (let cell: number | null = next; cell !== null;) {
    const starts = future.running === cell ? 0 : 1;
    left.visits += starts;
    left.replicates += 1;
    seconds += starts * costs.startSeconds + costs.requestSeconds;
    request(future, cell, starts);
    if (seconds >= room || left.replicates >= MOST) break;
    const prices: Prices = { ...costs, isRunning: (one) => one === future.running };
    const odds: Odds = { mean: future.mean, faster: (a, b, by) => chance(future, a, b, by) };
    const pair = standingBy(odds, { fits, baseline })?.pair ?? null;
    cell = pair && bestRequest(future, fits, pair, prices);
  }
  return left;
}

const MOST = 100;

/** What a request of a cell takes off the covariance. */
function request(future: Future, cell: number, starts: number): void {
  const { covariance, noise } = future;
  const own = covariance[cell]?.slice() ?? new Float64Array();
  const variance = (own[cell] ?? 0) + noise + starts * START_NOISE;
  covariance.forEach((row, a) =>
    row.forEach((value, b) => (row[b] = value - ((own[a] ?? 0) * (own[b] ?? 0)) / variance)),
  );
  future.running = cell;
}

/** From mean and covariance alone. */
function chance({ mean, covariance: s }: Future, a: number, b: number, by: number): number {
  const variance = (s[a]?.[a] ?? 0) + (s[b]?.[b] ?? 0) - 2 * (s[a]?.[b] ?? 0);
  return chanceAbove((mean[a] ?? 0) - (mean[b] ?? 0), Math.sqrt(Math.max(0, variance)), by);
}
