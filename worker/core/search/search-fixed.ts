// Method `fixed`: every cell once, N replicates, keep-best with a tie band. Source: contract §9, `--method fixed`; acceptance 4, 5.
import { fitAdditive } from "../statistics/additive-fit.ts";
import type { Cell, CellSummary, SearchMethod, SearchOutcome, SearchSettings } from "./search.ts";
import { findingsOf } from "./search-findings.ts";
import {
  baselineOf,
  visitOf,
  fittingCells,
  inOrder,
  misfitOf,
  summarize,
  tpsOf,
  ttftOf,
  percent,
  relative,
  type SearchVisit,
} from "./search-visits.ts";
import { median, percentile } from "../statistics/statistics.ts";

export interface FixedState {
  settings: SearchSettings;
  visits: SearchVisit[];
}

export const fixed: SearchMethod<FixedState, "fixed"> = {
  name: "fixed",
  title: "Fixed",
  help: "Fixed measures every cell the same number of times.",
  ownSettings: ["stage2-replicates", "tps-tie-epsilon"],
  keepsServer: false,
  expected: (cells, stage2Replicates) => ({
    visits: Math.max(1, cells),
    replicates: Math.max(1, cells) * stage2Replicates,
  }),
  left(state) {
    const visits = isSpent(state) ? 0 : unvisited(state).length;
    return { visits, replicates: visits * replicatesOf(state) };
  },
  start: (settings) => ({ settings, visits: [] }),
  next(state) {
    const cell = unvisited(state)[0];
    if (!cell || isSpent(state)) return { kind: "done" };
    return { kind: "visit", cellIndex: cell.index, replicates: replicatesOf(state), nonceSet: 0, purpose: "pass" };
  },
  accept(state, result) {
    if (!unvisited(state).some((cell) => cell.index === result.cellIndex)) return state;
    return { ...state, visits: [...state.visits, visitOf(result, replicatesOf(state))] };
  },
  outcome,
};

/** The cell that is kept so far, and the sentence why. */
interface Kept {
  cell: Cell;
  why: string;
}

function outcome(state: FixedState): SearchOutcome {
  const { visits, settings } = state;
  const fitting = inOrder(fittingCells(settings.cells, visits));
  const kept = keepBest(fitting, state);
  const fit = fitAdditive(
    fitting.flatMap(({ index }) =>
      tpsOf(visits, index).map((tps) => ({ row: index, column: 0, value: Math.log(tps) })),
    ),
  );
  const summary = (cell: Cell): CellSummary => summarize(cell, visits, fit, verdictOf(cell, kept?.cell ?? null, state));
  return {
    winner: kept?.cell.index ?? null,
    reason: kept?.why ?? "no cell fits",
    cells: settings.cells.map(summary),
    drift: null,
    thermallyUnstable: false,
    uplift: kept ? upliftOf(kept.cell, state, fit.sigma, fit.df) : null,
    findings: findingsOf(fitting, fit),
  };
}

function keepBest(fitting: Cell[], state: FixedState): Kept | null {
  return fitting.reduce<Kept | null>((kept, cell) => {
    if (kept === null) return { cell, why: "the first cell that fits; none after it was better" };
    const why = whyBetter(figures(cell, state), figures(kept.cell, state), state.settings.tieEpsilon);
    return why === null ? kept : { cell, why };
  }, null);
}

interface Figures {
  tps: number;
  ttftMs: number;
}

function whyBetter(cell: Figures, kept: Figures, epsilon: number): string | null {
  const band = `${percent(epsilon)} %`;
  const change = cell.tps / kept.tps - 1;
  if (cell.tps > kept.tps * (1 + epsilon))
    return `${percent(change)} % faster than the best before it (more than ${band})`;
  const tied = cell.tps >= kept.tps * (1 - epsilon);
  if (tied && cell.ttftMs < kept.ttftMs) return `throughput within ${band} of the best before it, with a lower TTFT`;
  return null;
}

function figures(cell: Cell, { visits }: FixedState): Figures {
  return {
    tps: median(tpsOf(visits, cell.index)) ?? 0,
    ttftMs: percentile(ttftOf(visits, cell.index), 0.95) ?? Infinity,
  };
}

function verdictOf(cell: Cell, kept: Cell | null, state: FixedState): Pick<CellSummary, "status" | "reason"> {
  const misfit = misfitOf(state.visits, cell.index);
  if (misfit !== null) return { status: "misfit", reason: misfit.reason };
  if (!state.visits.some((visit) => visit.cellIndex === cell.index)) return { status: "unvisited", reason: null };
  return { status: cell === kept ? "won" : "survived", reason: null };
}

function upliftOf(winner: Cell, state: FixedState, sigma: number, df: number): SearchOutcome["uplift"] {
  const baseline = baselineOf(state.settings.cells);
  if (baseline === null || baseline === winner) return null;
  const [now, before] = [tpsOf(state.visits, winner.index), tpsOf(state.visits, baseline.index)];
  const [high, low] = [median(now), median(before)];
  if (high === null || low === null) return null;
  return {
    against: baseline.index,
    ...relative(Math.log(high / low), sigma * Math.sqrt(1 / now.length + 1 / before.length), df),
    confirmed: false,
  };
}

const isSpent = ({ visits }: FixedState): boolean => (visits.at(-1)?.elapsedShare ?? 0) >= 1;

function unvisited(state: FixedState): Cell[] {
  return inOrder(state.settings.cells).filter((cell) => !state.visits.some((visit) => visit.cellIndex === cell.index));
}

function replicatesOf({ settings }: FixedState): number {
  return Math.max(1, Math.floor(settings.replicates));
}
