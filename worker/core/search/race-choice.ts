// Which cell a race chooses, whether it may replace the baseline, and what the A B B A confirmation says.
// Source: contract §9, `--method race`, from "Choose by median tps"; acceptance 20.
import { contrast, type Estimate } from "../statistics/additive-fit.ts";
import { knobDistance } from "../knobs.ts";
import {
  delay,
  gather,
  isLater,
  isReplacement,
  keepsUp,
  noise,
  pace,
  TIE,
  type Evidence,
  type RaceVisit,
} from "./race-evidence.ts";
import type { Cell } from "./search.ts";
import { baselineOf } from "./search-visits.ts";

/** Why a cell is chosen: nothing must be replaced, nothing may be, or the figure that replaces the baseline. */
export type Basis = "no-baseline" | "baseline" | "throughput" | "ttft";

export interface Choice {
  cell: Cell;
  basis: Basis;
}

/**
 * Choose among the cells that fit. Within max(3 %, SE) of the highest median throughput a measurably lower TTFT decides,
 * then fewest changes, then order; a TTFT that is lower by noise or by less than 3 % counts as tied.
 * The baseline is replaced only by a cell that is measurably faster, or as fast with a measurably lower TTFT.
 * @param beaten cells that the race dropped; a dropped baseline has lost its test already
 * @returns null if no cell fits
 */
export function choose(all: readonly Cell[], evidence: Evidence, beaten: (cell: Cell) => boolean): Choice | null {
  const { baseline } = evidence;
  const leader = best(evidence.cells, (cell) => -pace(evidence, cell));
  if (leader === null) return null;
  const preferred = byPreference(all, evidence, leader);
  if (baseline === null) return { cell: preferred[0] ?? leader, basis: "no-baseline" };
  for (const cell of [...preferred, leader]) {
    if (cell === baseline) break;
    const basis = replaces(evidence, cell, baseline, beaten(baseline));
    if (basis !== null) return { cell, basis };
  }
  return { cell: baseline, basis: "baseline" };
}

/** Cells tied with the leader and not measurably later than the earliest of them, best first. */
function byPreference(all: readonly Cell[], evidence: Evidence, leader: Cell): Cell[] {
  const tied = evidence.cells.filter((cell) => keepsUp(evidence, cell, leader));
  const earliest = best(tied, (cell) => delay(evidence, cell, leader).value) ?? leader;
  const alike = tied.filter((cell) => !isLater(evidence, cell, earliest));
  const [reference, defaults] = [evidence.baseline ?? baselineOf(all), all[0]];
  const changes = (cell: Cell, from: Cell | null | undefined) => (from ? knobDistance(cell.knobs, from.knobs) : 0);
  return alike.toSorted(
    (a, b) =>
      changes(a, reference) - changes(b, reference) || changes(a, defaults) - changes(b, defaults) || a.index - b.index,
  );
}

function replaces(evidence: Evidence, cell: Cell, baseline: Cell, dropped: boolean): Basis | null {
  if (dropped || isReplacement(evidence, cell, baseline)) return "throughput";
  return keepsUp(evidence, cell, baseline) && isLater(evidence, baseline, cell) ? "ttft" : null;
}

/** What fresh requests say of the challenger against the baseline. */
export interface Confirmation {
  confirmed: boolean;
  /** Challenger against baseline, ln(tokens/s). */
  speed: Estimate;
  df: number;
}

/**
 * Judge the visits baseline, challenger, challenger, baseline. Each half is a column of the fit, so a linear drift cancels.
 * @param basis the figure that made the challenger one: it must be better beyond max(3 %, t(0.95)·SE) again
 */
export function confirm(challenger: Cell, baseline: Cell, basis: Basis, visits: readonly RaceVisit[]): Confirmation {
  const evidence = gather([baseline, challenger], visits);
  const { speed: fit, ttft } = evidence;
  const terms = [[challenger.index, 1] as const, [baseline.index, -1] as const];
  const [speed, later] = [contrast(fit, terms), contrast(ttft, terms)];
  const faster = speed.value > Math.max(TIE, noise(0.95, speed.se, fit.df));
  const sooner = -later.value > Math.max(TIE, noise(0.95, later.se, ttft.df));
  const confirmed = basis === "ttft" ? sooner && speed.value >= -Math.max(TIE, speed.se) : faster;
  return { confirmed, speed, df: fit.df };
}

/**
 * Decide how many replicates each confirming visit gets: so many that an uplift as large as seen is twice its noise.
 * The contrast of 4 visits of m replicates has the standard error sigma/√m, and t(0.95) is about 1.75 there.
 * @param effect |ln| of the difference seen, and sigma its noise per replicate
 * @returns `usual` to 6
 */
export function confirmingReplicates(effect: number, sigma: number, usual: number): number {
  const enough = Math.ceil((2 * 1.75 * sigma) ** 2 / Math.max(effect, TIE) ** 2);
  return Math.max(usual, Math.min(enough, 6));
}

function best(cells: readonly Cell[], cost: (cell: Cell) => number): Cell | null {
  return cells.reduce<Cell | null>((kept, cell) => (kept === null || cost(cell) < cost(kept) ? cell : kept), null);
}
