// What a race tells at any time: winner, reason, intervals, drift, findings. Source: contract §9, `--method race`.
import { columnEffect } from "../statistics/additive-fit.ts";
import { choose, confirm, type Choice, type Confirmation } from "./race-choice.ts";
import { delay, gain, gather, type Evidence } from "./race-evidence.ts";
import type { RaceState } from "./race-state.ts";
import type { Cell, CellSummary, SearchOutcome } from "./search.ts";
import { findingsOf } from "./search-findings.ts";
import { misfitOf, percent, relative, summarize } from "./search-visits.ts";

/** More change than this marks the run "thermally unstable". */
const UNSTABLE = 0.1;

/** A choice with what its confirmation said; null while there was none, or none to the end. */
interface Verdict extends Choice {
  refuted: Cell | null;
  confirmation: Confirmation | null;
}

/** Say what is known; legal after any visit, and before the first. */
export function outcomeOf(state: RaceState): SearchOutcome {
  const { cells } = state.settings;
  const evidence = gather(cells, state.visits);
  const verdict = judge(state, evidence);
  const drift = driftOf(evidence);
  const summary = (cell: Cell) => summarize(cell, state.visits, evidence.speed, statusOf(cell, verdict, state));
  return {
    winner: verdict?.cell.index ?? null,
    reason: reasonOf(verdict, evidence, state),
    cells: cells.map(summary),
    drift,
    thermallyUnstable: drift !== null && Math.abs(drift) > UNSTABLE,
    uplift: upliftOf(verdict, evidence),
    findings: findingsOf(evidence.cells, evidence.speed),
  };
}

function judge(state: RaceState, evidence: Evidence): Verdict | null {
  const { cells } = state.settings;
  const settled = confirmed(state, evidence);
  if (settled !== null) return settled;
  const choice = choose(cells, evidence, (cell) => state.dropped.some((one) => one.cellIndex === cell.index));
  return choice === null ? null : { ...choice, refuted: null, confirmation: null };
}

/** The verdict of a confirmation that ran to its end with both cells fitting; null without one. */
function confirmed(state: RaceState, evidence: Evidence): Verdict | null {
  if (state.confirmation === null) return null;
  const { basis, nonceSets } = state.confirmation;
  const visits = state.visits.filter((visit) => nonceSets.includes(visit.column));
  const challenger = evidence.cells.find((cell) => cell.index === state.confirmation?.challenger);
  const baseline = evidence.cells.find((cell) => cell.index === state.confirmation?.baseline);
  if (!challenger || !baseline || visits.length < 4) return null;
  const confirmation = confirm(challenger, baseline, basis, visits);
  if (confirmation.confirmed) return { cell: challenger, basis, refuted: null, confirmation };
  return { cell: baseline, basis: "baseline", refuted: challenger, confirmation };
}

function upliftOf(verdict: Verdict | null, evidence: Evidence): SearchOutcome["uplift"] {
  const { baseline, speed } = evidence;
  if (verdict === null || baseline === null || verdict.cell === baseline) return null;
  const fresh = verdict.confirmation;
  const { value, se } = fresh ? fresh.speed : gain(evidence, verdict.cell, baseline);
  return { against: baseline.index, ...relative(value, se, fresh ? fresh.df : speed.df), confirmed: fresh !== null };
}

function reasonOf(verdict: Verdict | null, evidence: Evidence, state: RaceState): string {
  const { baseline } = evidence;
  if (verdict === null) return state.visits.length === 0 ? "no cell was measured" : "no cell fits";
  if (evidence.cells.length === 1) return "the only cell that was measured and fits";
  if (baseline === null) return "the best of the cells that fit, as what it would be compared with does not";
  const name = baseline.incumbent ? "the incumbent" : "the default";
  if (verdict.refuted !== null) return `${name} stays: fresh requests did not confirm that another cell is better`;
  if (verdict.basis === "baseline") return `${name} stays: no cell is measurably better`;
  const sure = verdict.confirmation === null ? "not confirmed by fresh requests" : "confirmed by fresh requests";
  const ratio = upliftOf(verdict, evidence)?.ratio ?? 0;
  if (verdict.basis === "throughput") return `${percent(ratio)} % faster than ${name}, ${sure}`;
  const sooner = -Math.expm1(delay(evidence, verdict.cell, baseline).value);
  return `as fast as ${name} with ${percent(sooner)} % lower TTFT, ${sure}`;
}

function statusOf(cell: Cell, verdict: Verdict | null, state: RaceState): Pick<CellSummary, "status" | "reason"> {
  const misfit = misfitOf(state.visits, cell.index);
  if (misfit !== null) return { status: "misfit", reason: misfit.reason };
  if (cell === verdict?.cell) return { status: "won", reason: null };
  if (!state.visits.some((visit) => visit.cellIndex === cell.index)) return { status: "unvisited", reason: null };
  if (cell === verdict?.refuted) return { status: "dropped", reason: "not confirmed by fresh requests" };
  const lost = state.dropped.find((one) => one.cellIndex === cell.index);
  return lost ? { status: "dropped", reason: lost.reason } : { status: "survived", reason: null };
}

/** Change from the first pass to the last one (a confirmation's halves count as passes); null within a single pass. */
function driftOf({ speed }: Evidence): number | null {
  const last = speed.columns.at(-1);
  return last === undefined || speed.columns.length < 2 ? null : Math.expm1(columnEffect(speed, last));
}
