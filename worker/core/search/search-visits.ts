// What all search methods do with visits: take in numbers that can be trusted, know the baseline, sum a cell up.
// Source: contract §8 (never trust a number), §9.
import type { AdditiveFit } from "../statistics/additive-fit.ts";
import { isBatched } from "./cells.ts";
import type { Misfit } from "../measure/measurement.ts";
import type { Cell, CellSummary, VisitResult } from "./search.ts";
import { interval95, median, percentile } from "../statistics/statistics.ts";

/** A visit as a search keeps it: either a misfit, or at least one positive figure. */
export interface SearchVisit {
  cellIndex: number;
  tps: number[];
  ttftMs: number[];
  misfit: Misfit | null;
  elapsedShare: number;
}

/** Relative differences below 1e-9 are rounding, not measurements. */
export const ROUNDING = 1e-9;

/**
 * Take a result in; figures that are none make it a misfit.
 * @param atLeast replicates without which the cell does not fit
 */
export function visitOf(result: VisitResult, atLeast: number): SearchVisit {
  const { cellIndex, tps, ttftMs } = result;
  const elapsedShare = Number.isFinite(result.elapsedShare) ? result.elapsedShare : 0;
  const misfit = result.misfit ?? untrusted(tps, atLeast);
  if (misfit !== null) return { cellIndex, tps: [], ttftMs: [], misfit, elapsedShare };
  return { cellIndex, tps: [...tps], ttftMs: ttftMs.filter(isFigure), misfit, elapsedShare };
}

function untrusted(tps: number[], atLeast: number): Misfit | null {
  const wrong = tps.find((value) => !isFigure(value));
  if (wrong !== undefined) return { class: "invalid", reason: `throughput of ${wrong} tokens/s` };
  if (tps.length < atLeast) return { class: "invalid", reason: `${tps.length} of ${atLeast} replicates are valid` };
  return null;
}

function isFigure(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** Order of a pass: as listed, max_batch > 1 after the others. */
export function inOrder(cells: readonly Cell[]): Cell[] {
  return [...cells.filter((cell) => !isBatched(cell.knobs)), ...cells.filter((cell) => isBatched(cell.knobs))];
}

/** What a winner must beat: the incumbent, else the default cell, which is the first one listed. */
export function baselineOf(cells: readonly Cell[]): Cell | null {
  return cells.find((cell) => cell.incumbent) ?? cells[0] ?? null;
}

/** First misfit of a cell, however often it fitted before; null if there was none. */
export function misfitOf(visits: readonly SearchVisit[], cellIndex: number): Misfit | null {
  return visits.find((visit) => visit.cellIndex === cellIndex && visit.misfit !== null)?.misfit ?? null;
}

/** Cells that were visited and always fitted. */
export function fittingCells(cells: readonly Cell[], visits: readonly SearchVisit[]): Cell[] {
  return cells.filter(({ index }) => visits.some((v) => v.cellIndex === index) && misfitOf(visits, index) === null);
}

/** Throughputs of a cell over all visits, tokens/s. */
export function tpsOf(visits: readonly SearchVisit[], cellIndex: number): number[] {
  return visits.filter((visit) => visit.cellIndex === cellIndex).flatMap((visit) => visit.tps);
}

/** TTFT of every request of a cell, ms. */
export function ttftOf(visits: readonly SearchVisit[], cellIndex: number): number[] {
  return visits.filter((visit) => visit.cellIndex === cellIndex).flatMap((visit) => visit.ttftMs);
}

/** Sum a cell up. The interval is the median's, from the noise of all cells together (`fit` is of ln tps). */
export function summarize(
  cell: Cell,
  visits: readonly SearchVisit[],
  fit: AdditiveFit,
  verdict: Pick<CellSummary, "status" | "reason">,
): CellSummary {
  const tps = tpsOf(visits, cell.index);
  const tpsMedian = median(tps);
  const around =
    tpsMedian === null || tps.length < 2 || verdict.status === "misfit"
      ? null
      : interval95(Math.log(tpsMedian), fit.sigma / Math.sqrt(tps.length), fit.df);
  return {
    cellIndex: cell.index,
    tpsMedian,
    interval: around === null ? null : [Math.exp(around[0]), Math.exp(around[1])],
    ttftP95Ms: percentile(ttftOf(visits, cell.index), 0.95),
    replicates: tps.length,
    ...verdict,
  };
}

/** Turn a difference of logarithms into a relative change with its 95 % interval: 0.12 = 12 % more. */
export function relative(
  difference: number,
  standardError: number,
  df: number,
): { ratio: number; interval: [number, number] | null } {
  const around = interval95(difference, standardError, df);
  return {
    ratio: Math.expm1(difference),
    interval: around === null ? null : [Math.expm1(around[0]), Math.expm1(around[1])],
  };
}

/** Write a share as a percentage with one decimal, without the sign "%". */
export function percent(share: number): string {
  return (100 * share).toFixed(1);
}
