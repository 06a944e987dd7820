// What the visits of a race say so far: throughput and TTFT of the fitting cells, freed of pass effects, and how two cells compare.
// Source: contract §9, `--method race`: on ln(tps), cell + pass effects, 10 % drift allowance, max(3 %, t·SE) with Bonferroni.
import {
  columnEffect,
  contrast,
  fitAdditive,
  type AdditiveFit,
  type Estimate,
  type Observation,
} from "../statistics/additive-fit.ts";
import type { Cell } from "./search.ts";
import { baselineOf, fittingCells, misfitOf, ROUNDING, type SearchVisit } from "./search-visits.ts";
import { mean, median, tOneSided } from "../statistics/statistics.ts";

export interface RaceVisit extends SearchVisit {
  /** Nonce set of the visit: equal within a pass or a pair of confirming visits, so it is the column of the fit. */
  column: number;
  purpose: "pass" | "confirm";
}

export interface Evidence {
  visits: readonly RaceVisit[];
  /** Cells that were visited and always fitted. */
  cells: Cell[];
  /** The fitting cell that a winner must beat; null if it does not fit. */
  baseline: Cell | null;
  /** Of ln tps, one observation per replicate; rows are cell indices. */
  speed: AdditiveFit;
  /** Of ln TTFT, one observation per replicate; rows are cell indices. */
  ttft: AdditiveFit;
  /** ln of each cell's median throughput, its replicates freed of their pass's effect; by cell index. */
  paces: Map<number, number>;
}

/** ln of the speed change that pass 1 alone cannot tell from drift: 10 %. */
const DRIFT_ALLOWANCE = -Math.log(0.9);
/** ln 1.03: smaller changes are not worth another configuration, however well measured. */
export const TIE = Math.log(1.03);

/** Gather what the visits say. */
export function gather(cells: readonly Cell[], visits: readonly RaceVisit[]): Evidence {
  const fitting = fittingCells(cells, visits);
  const used = visits.filter((visit) => fitting.some((cell) => cell.index === visit.cellIndex));
  const speed = fitAdditive(used.flatMap((visit) => observed(visit, visit.tps)));
  return {
    visits: used,
    cells: fitting,
    baseline: fittingBaseline(cells, fitting, visits),
    speed,
    paces: new Map(fitting.map(({ index }) => [index, medianPace(used, speed, index)])),
    ttft: fitAdditive(used.flatMap((visit) => observed(visit, ttftPerReplicate(visit)))),
  };
}

/** How much faster `a` is than `b`, in ln(tokens/s). */
export function gain(evidence: Evidence, a: Cell, b: Cell): Estimate {
  return contrast(evidence.speed, versus(a, b));
}

/** How much later `a` answers than `b`, in ln(ms). */
export function delay(evidence: Evidence, a: Cell, b: Cell): Estimate {
  return contrast(evidence.ttft, versus(a, b));
}

/** Say whether `a` is faster than `b` at 95 %; two cells that did not share two passes must differ by the drift allowance more. */
export function isFaster(evidence: Evidence, a: Cell, b: Cell): boolean {
  const { value, se } = gain(evidence, a, b);
  return value > driftAllowance(evidence, a, b) + noise(0.95, se, evidence.speed.df);
}

/** Say whether a cell is fast enough to replace the baseline: beyond max(3 %, t·SE), Bonferroni over all challengers. */
export function isReplacement(evidence: Evidence, challenger: Cell, baseline: Cell): boolean {
  const { value, se } = gain(evidence, challenger, baseline);
  return (
    value > driftAllowance(evidence, challenger, baseline) + Math.max(TIE, bonferroni(evidence, se, evidence.speed.df))
  );
}

/** Say whether `a` answers measurably later than `b`: beyond max(3 %, t·SE), Bonferroni over all challengers. */
export function isLater(evidence: Evidence, a: Cell, b: Cell): boolean {
  const { value, se } = delay(evidence, a, b);
  return value > driftAllowance(evidence, a, b) + Math.max(TIE, bonferroni(evidence, se, evidence.ttft.df));
}

/** Say whether `a` is no slower than `b` by more than max(3 %, SE): their throughputs are tied, or `a` leads. */
export function keepsUp(evidence: Evidence, a: Cell, b: Cell): boolean {
  return pace(evidence, b) - pace(evidence, a) <= Math.max(TIE, gain(evidence, a, b).se) + ROUNDING;
}

/** ln of a cell's median throughput, each replicate freed of its pass's effect; −Infinity for cells that do not fit. */
export function pace(evidence: Evidence, cell: Cell): number {
  return evidence.paces.get(cell.index) ?? -Infinity;
}

/** What noise alone explains, one-sided; Infinity while the noise is unknown. */
export function noise(confidence: number, se: number, df: number): number {
  return df < 1 ? Infinity : tOneSided(confidence, df) * se + ROUNDING;
}

/** 5 % over all challengers and both figures by which one may replace the baseline, throughput and TTFT. */
function bonferroni(evidence: Evidence, se: number, df: number): number {
  return noise(1 - 0.05 / (2 * Math.max(1, evidence.cells.length - 1)), se, df);
}

function driftAllowance({ visits }: Evidence, a: Cell, b: Cell): number {
  const passes = (cell: Cell) => visits.filter((visit) => visit.cellIndex === cell.index).map((visit) => visit.column);
  const shared = new Set(passes(a).filter((pass) => passes(b).includes(pass)));
  return shared.size >= 2 ? 0 : DRIFT_ALLOWANCE;
}

/** An incumbent that was never visited (a run cut short) leaves its place to the default cell; one that does not fit to nobody. */
function fittingBaseline(cells: readonly Cell[], fitting: Cell[], visits: readonly RaceVisit[]): Cell | null {
  const baseline = baselineOf(cells);
  if (baseline === null || misfitOf(visits, baseline.index) !== null) return null;
  return (
    fitting.find((cell) => cell.index === baseline.index) ??
    fitting.find((cell) => cell.index === cells[0]?.index) ??
    null
  );
}

function medianPace(visits: readonly RaceVisit[], speed: AdditiveFit, cellIndex: number): number {
  const values = visits
    .filter((visit) => visit.cellIndex === cellIndex)
    .flatMap((visit) => visit.tps.map((tps) => Math.log(tps) - columnEffect(speed, visit.column)));
  return median(values) ?? -Infinity;
}

function observed(visit: RaceVisit, values: number[]): Observation[] {
  return values.map((value) => ({ row: visit.cellIndex, column: visit.column, value: Math.log(value) }));
}

/** Concurrent requests of one replicate share their luck, so they count as one: their geometric mean. */
function ttftPerReplicate({ tps, ttftMs }: RaceVisit): number[] {
  const streams = ttftMs.length / tps.length;
  if (!Number.isInteger(streams) || streams < 2) return ttftMs;
  return tps.map((_, i) => Math.exp(mean(ttftMs.slice(i * streams, (i + 1) * streams).map(Math.log)) ?? 0));
}

function versus(a: Cell, b: Cell): [number, number][] {
  return [
    [a.index, 1],
    [b.index, -1],
  ];
}
