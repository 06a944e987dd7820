// What a Stage 2 search method is: a reducer. It can be replayed from stored visits, resumed, and run under a virtual clock.
// Methods: methods.ts.
import type { Knobs } from "../knobs.ts";
import type { Misfit } from "../measure/measurement.ts";
import type { VisitTimes } from "../measure/visit-times.ts";
import type { Belief } from "./belief.ts";

/** A cell as the search sees it; `index` is its place in the cell list (order of the contract: defaults first). */
export interface Cell {
  index: number;
  knobs: Knobs;
  /** What the live config says now. At most one cell. */
  incumbent: boolean;
}

/** What one visit of a cell brought: throughput and TTFT of each ok replicate, in order; or why the cell does not fit. */
export interface VisitResult {
  cellIndex: number;
  /** Aggregate throughput per replicate, tokens/s, > 0 and finite. */
  tps: number[];
  /** TTFT of every request of the visit, ms. */
  ttftMs: number[];
  misfit: Misfit | null;
  /** Share of the run's time limit that is used up after this visit, 0 to 1. */
  elapsedShare: number;
  /** Absent where it is not known (rows of an earlier version). */
  times?: VisitTimes;
}

export interface SearchSettings {
  cells: Cell[];
  /** Where the method does not choose by itself: replicates per cell, ≥ 1. */
  replicates: number;
  /** Where the method keeps the best by a band: relative tie band, 0.10 = ±10 %. */
  tieEpsilon: number;
  /** Seconds that one start costs and one request costs, measured in Stage 1. */
  startSeconds: number;
  requestSeconds: number;
}

/** What to do next: visit a cell with so many replicates, or stop. `nonceSet` names the set of prompts: equal sets for every cell of a pass. */
export type Step =
  | { kind: "visit"; cellIndex: number; replicates: number; nonceSet: number; purpose: "pass" | "confirm" }
  | { kind: "done" };

/** How sure a choice is, for one cell; the report's intervals. */
export interface CellSummary {
  cellIndex: number;
  /** Median aggregate throughput, tokens/s; null if the cell never fitted. */
  tpsMedian: number | null;
  /** Two-sided 95 % interval of throughput, tokens/s; null with fewer than two replicates. */
  interval: [low: number, high: number] | null;
  ttftP95Ms: number | null;
  replicates: number;
  status: "won" | "survived" | "dropped" | "misfit" | "unvisited";
  /** Why it was dropped or does not fit. */
  reason: string | null;
}

export interface SearchOutcome {
  /** null if no cell fits. */
  winner: number | null;
  /** Why the winner won, one sentence. */
  reason: string;
  cells: CellSummary[];
  /** Relative change of the machine's speed over the search, from pass effects (−0.12 = 12 % slower); null if it cannot be told. */
  drift: number | null;
  thermallyUnstable: boolean;
  /** Winner against incumbent (else against the default cell): relative uplift (0.12 = 12 % faster) with 95 % interval from the confirmation, else from the fit; null if the winner is the baseline or none can be told. */
  uplift: { against: number; ratio: number; interval: [number, number] | null; confirmed: boolean } | null;
  /** Axes with two or more values whose values do not differ measurably: "kv_bits: no measurable difference". */
  findings: string[];
}

/** Visits that start the server, and the replicates of all of them. */
export interface VisitCount {
  visits: number;
  replicates: number;
}

/** A search: plain state, advanced by results. S must survive JSON. */
export interface SearchMethod<S = unknown, Name extends string = string> {
  name: Name;
  /** In a list to choose from. */
  title: string;
  /** What it does, one sentence. */
  help: string;
  /** Settings that it reads and another may not, by name. */
  ownSettings: readonly string[];
  /** True = the server runs on from one visit to the next while its knobs stay the same, and Stage 1's is the first of them. */
  keepsServer: boolean;
  /** Visits and replicates that it is expected to make in all, both at least 1. */
  expected(cells: number, stage2Replicates: number): VisitCount;
  /** What is expected to come, the visit that is asked for next included; none once it is over. */
  left(state: S): VisitCount;
  start(settings: SearchSettings): S;
  next(state: S): Step;
  /** Pure: returns a new state. */
  accept(state: S, result: VisitResult): S;
  /** Legal at any time: a search that was cut short has an outcome of what is known. */
  outcome(state: S): SearchOutcome;
  /** What it believes now, for methods that have a belief; null before there is one. */
  belief?(state: S): Belief | null;
}
