// The state of method `doubt`: what was asked and what it brought, in order. All else is told from it.
import type { Row } from "../doubt/fit.ts";
import { median } from "../statistics/statistics.ts";
import { baselineOf, fittingCells, misfitOf, visitOf, type SearchVisit } from "./search-visits.ts";
import type { SearchSettings, VisitResult } from "./search.ts";
import { untriedOf } from "./doubt-untried.ts";

/** One visit: its figures, when it measured, on which start. */
export interface DoubtVisit extends SearchVisit {
  start: number;
  atSeconds: number[];
  startSeconds: number | null;
  requestSeconds: number | null;
}

export interface DoubtState {
  settings: SearchSettings;
  visits: DoubtVisit[];
}

/** Take a visit in. Where its times are not known, it had a start of its own and took what Stage 1 measured. */
export function doubtVisitOf({ settings, visits }: DoubtState, result: VisitResult): DoubtVisit {
  const visit = visitOf(result, 1);
  if (result.times) {
    const { start, startSeconds, requestSeconds } = result.times;
    return { ...visit, start, startSeconds, requestSeconds, atSeconds: timesFor(visit, result.times.atSeconds) };
  }
  const { startSeconds, requestSeconds } = settings;
  const begin = endOf(visits.at(-1)) + startSeconds;
  const atSeconds = visit.tps.map((_, place) => begin + (place + 0.5) * requestSeconds);
  return { ...visit, start: -1 - visits.length, startSeconds, requestSeconds, atSeconds };
}

const endOf = (visit: DoubtVisit | undefined): number =>
  (visit?.atSeconds.at(-1) ?? 0) + (visit?.requestSeconds ?? 0) / 2;

/** A figure whose time is missing is taken to be of its visit's last time. */
const timesFor = ({ tps }: SearchVisit, atSeconds: readonly number[]): number[] =>
  tps.map((_, place) => atSeconds[place] ?? atSeconds.at(-1) ?? 0);

/** Requests that count, as rows of a belief. @param of the figure of a visit's n-th request, > 0 */
export function rowsOf(visits: readonly DoubtVisit[], of: (visit: DoubtVisit, place: number) => number | null): Row[] {
  const all = visits.flatMap((visit) =>
    visit.tps.flatMap((_, place) => {
      const value = of(visit, place);
      if (value === null) return [];
      return { cell: visit.cellIndex, start: visit.start, at: visit.atSeconds[place] ?? 0, value: Math.log(value) };
    }),
  );
  const first = all[0];
  if (first === undefined) return [];
  return all.map((row) => ({ ...row, at: Math.max(0, row.at - first.at), value: row.value - first.value }));
}

export const speedRows = (visits: readonly DoubtVisit[]): Row[] =>
  rowsOf(visits, ({ tps }, place) => tps[place] ?? null);

/** Geometric mean of the streams of each request. */
export const ttftRows = (visits: readonly DoubtVisit[]): Row[] =>
  rowsOf(visits, ({ tps, ttftMs }, place) => {
    const streams = ttftMs.length / tps.length;
    const own = Number.isInteger(streams) ? ttftMs.slice(place * streams, (place + 1) * streams) : ttftMs;
    if (own.length === 0) return null;
    return Math.exp(own.reduce((sum, one) => sum + Math.log(one), 0) / own.length);
  });

export interface Field {
  /** Indices of the cells that may win, rising. */
  fits: number[];
  /** Those of them that were measured. */
  measured: number[];
  /** Cells that are not tried, each with the reason. */
  untried: ReadonlyMap<number, string>;
  baseline: number | null;
}

export function fieldOf({ settings: { cells }, visits }: DoubtState): Field {
  const measured = fittingCells(cells, visits).map(({ index }) => index);
  const baseline = baselineOf(cells);
  const open = cells.filter(({ index }) => misfitOf(visits, index) === null);
  const guessed = untriedOf(cells, visits, baseline);
  const left = open.filter(({ index }) => !guessed.has(index));
  // With nothing else left, what was only taken not to fit is tried.
  const untried = left.length === 0 ? new Map<number, string>() : guessed;
  const fits = (left.length === 0 ? open : left).map(({ index }) => index);
  return { fits, measured, untried, baseline: baseline && fits.includes(baseline.index) ? baseline.index : null };
}

/** The costs of this run, as soon as it has any. */
export function costsOf({ settings, visits }: DoubtState): { startSeconds: number; requestSeconds: number } {
  const starts = visits.flatMap(({ misfit, startSeconds }) => (misfit === null ? (startSeconds ?? []) : []));
  const requests = visits.flatMap(({ requestSeconds }) => requestSeconds ?? []);
  return {
    startSeconds: median(starts) ?? settings.startSeconds,
    requestSeconds: median(requests) ?? settings.requestSeconds,
  };
}

/** The time that `fixed` would take is used up, or that of the run. */
export function isSpent(state: DoubtState): boolean {
  const { settings, visits } = state;
  if ((visits.at(-1)?.elapsedShare ?? 0) >= 1) return true;
  return spentSeconds(visits) >= limitSeconds(state) || visits.length >= MOST_VISITS * settings.cells.length;
}

export const spentSeconds = (visits: readonly DoubtVisit[]): number =>
  visits.reduce(
    (sum, { startSeconds, requestSeconds, tps }) =>
      sum + (startSeconds ?? 0) + (requestSeconds ?? 0) * Math.max(1, tps.length),
    0,
  );

const [FEWEST_CELLS, FIXED_REQUESTS] = [6, 5];
/** Per cell; a bound where requests cost no time. */
const MOST_VISITS = 20;

export function limitSeconds(state: DoubtState): number {
  const { startSeconds, requestSeconds } = costsOf(state);
  return Math.max(state.settings.cells.length, FEWEST_CELLS) * (startSeconds + FIXED_REQUESTS * requestSeconds);
}

/** The server that the last visit measured on is this cell's, and it fitted; before any, Stage 1's is the default cell's. */
export function isRunning({ visits }: DoubtState, cell: number): boolean {
  const last = visits.at(-1);
  return last === undefined ? cell === 0 : last.cellIndex === cell && last.misfit === null;
}
