// The grid of a sweep and what one cell of it comes to. Pure.
// Source: contract §15, Sweep: a cell is feasible if no request failed, p95 TTFT is within the gate and no stop token leaked.
import { figuresOf, type CellValues } from "./figure-lists.ts";
import { httpWords } from "./http-words.ts";
import type { Misfit } from "./measurement.ts";
import { percentile } from "../statistics/statistics.ts";
import type { TimedRequest } from "./timed-request.ts";

export interface SweepPlan {
  baseUrl: string;
  model: string;
  /** Ascending, tokens. */
  contexts: number[];
  /** Ascending, requests at once. */
  concurrency: number[];
  gateMs: number;
  maxTokens: number;
  decodeControl: boolean;
  seed: number;
}

export interface GridCell {
  context: number;
  concurrency: number;
  /** How often that many requests are sent together. */
  rounds: number;
}

/** A cell gets at least so many requests: one alone says little about a p95. */
const LEAST_REQUESTS = 3;

/** Cells in the order of measuring: the smallest context first, each with rising concurrency. */
export function gridOf(plan: Pick<SweepPlan, "contexts" | "concurrency">): GridCell[] {
  return plan.contexts.flatMap((context) =>
    plan.concurrency.map((concurrency) => ({ context, concurrency, rounds: Math.ceil(LEAST_REQUESTS / concurrency) })),
  );
}

/** How a request of a cell ended. Times of ok ones are monotonic ms. */
export type SweepRequest =
  | ({ state: "ok" } & TimedRequest)
  | { state: "invalid"; reason: string }
  | { state: "misfit"; misfit: Misfit; status: number | null };

export const CELL_STATES = ["feasible", "slow", "stop_token", "invalid", "failed"] as const;

/** One measured cell. Figures are null where nothing could be measured. */
export interface SweepCell extends CellValues {
  context: number;
  concurrency: number;
  state: (typeof CELL_STATES)[number];
  feasible: boolean;
  /** Why it is not feasible, or what else is to be known; null if nothing. */
  reason: string | null;
  requests: number;
  errors: number;
  /** Up to three distinct ones. `status` null = no HTTP answer. */
  failures: { status: number | null; message: string }[];
  prompt_tokens: number | null;
  seconds: number;
  /** Decode speed of the control request after this cell; null without --decode-control or if it failed. */
  control_tps: number | null;
}

/**
 * Judge a cell by all its requests, round by round.
 * @param rounds n ≥ 1; a round that was repeated counts once, as it ended
 */
export function judgeCell(
  cell: GridCell,
  rounds: readonly (readonly SweepRequest[])[],
  gateMs: number,
  seconds: number,
): SweepCell {
  const all = rounds.flat();
  const ok = all.flatMap((one) => (one.state === "ok" ? [one] : []));
  const failed = all.flatMap((one) => (one.state === "misfit" && isFailure(one.misfit) ? [one] : []));
  // A request that was cut off at the gate has a TTFT, too: one beyond it.
  const late = all.filter((one) => one.state === "misfit" && one.misfit.class === "ttft_gate").length;
  const ttfts = [...ok.map((one) => one.sample.ttftMs), ...new Array<number>(late).fill(Infinity)];
  const p95 = percentile(ttfts, 0.95);
  const verdict = verdictOf(all, failed, p95, gateMs);
  return {
    context: cell.context,
    concurrency: cell.concurrency,
    ...verdict,
    feasible: verdict.state === "feasible",
    reason: verdict.reason ?? (late > 0 ? `${late} of ${all.length} requests passed the gate` : null),
    requests: all.length,
    errors: failed.length,
    failures: distinct(failed.map(({ status, misfit }) => ({ status, message: httpWords(misfit.reason, status) }))),
    prompt_tokens: ok.length === 0 ? null : Math.min(...ok.map(({ sample }) => sample.promptTokens)),
    ...cellValues(rounds, ttfts),
    seconds,
    control_tps: null,
  };
}

/** True for what ends a sweep: a request that failed, not one that was slow or leaked a stop token. */
export function isFailure(misfit: Misfit): boolean {
  return misfit.class !== "ttft_gate" && misfit.class !== "stop_token";
}

function verdictOf(
  all: readonly SweepRequest[],
  failed: readonly { misfit: Misfit }[],
  p95: number | null,
  gateMs: number,
): { state: SweepCell["state"]; reason: string | null } {
  if (failed[0])
    return { state: "failed", reason: `${failed.length} of ${all.length} requests failed: ${failed[0].misfit.reason}` };
  const leaked = all.find((one) => one.state === "misfit" && one.misfit.class === "stop_token");
  if (leaked?.state === "misfit") return { state: "stop_token", reason: leaked.misfit.reason };
  const invalid = all.find((one) => one.state === "invalid");
  if (invalid?.state === "invalid") return { state: "invalid", reason: invalid.reason };
  if (p95 === null) return { state: "invalid", reason: "no request was measured" };
  if (p95 <= gateMs) return { state: "feasible", reason: null };
  return {
    state: "slow",
    reason: `p95 TTFT ${Number.isFinite(p95) ? `${Math.round(p95)} ms` : `> ${gateMs} ms`}, gate ${gateMs} ms`,
  };
}

/** At most this many distinct failures are kept. Source: contract §15. */
const MOST_FAILURES = 3;

function distinct(failures: SweepCell["failures"]): SweepCell["failures"] {
  const byText = new Map(failures.map((one) => [`${one.status} ${one.message}`, one]));
  return [...byText.values()].slice(0, MOST_FAILURES);
}

function cellValues(rounds: readonly (readonly SweepRequest[])[], ttftsMs: readonly number[]): CellValues {
  const good = rounds.map((round) => round.flatMap((one) => (one.state === "ok" ? [one] : [])));
  const measured = { rounds: good.filter((round) => round.length > 0), ttftsMs };
  return Object.fromEntries(figuresOf("cell").map(({ key, cell }) => [key, cell.of(measured)])) as CellValues;
}

/** A cell of which nothing is known. */
export const noValues = (): CellValues =>
  Object.fromEntries(figuresOf("cell").map(({ key }) => [key, null])) as CellValues;

/** Work of a cell in arbitrary units: a generated token costs as much as this many prompt tokens, roughly. */
const TOKEN_WEIGHT = 30;

/** Seconds that the remaining cells take, from what the finished ones took; null before the first. */
export function sweepEta(done: readonly SweepCell[], left: readonly GridCell[], maxTokens: number): number | null {
  const work = (cell: Pick<GridCell, "context" | "concurrency">) =>
    Math.ceil(LEAST_REQUESTS / cell.concurrency) * (cell.concurrency * cell.context + maxTokens * TOKEN_WEIGHT);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const doneWork = sum(done.map(work));
  return doneWork === 0 ? null : (sum(done.map((cell) => cell.seconds)) / doneWork) * sum(left.map(work));
}

/** Change of the control's decode speed from the first to the last: −0.12 = 12 % slower; null with fewer than two. */
export function controlDrift(controls: readonly number[]): number | null {
  const [first, last] = [controls[0], controls.at(-1)];
  return controls.length < 2 || first === undefined || last === undefined ? null : last / first - 1;
}

/** What a sweep prints with --json, and its heat map shows. Keys are fixed; more may be added. */
export interface SweepDocument {
  sweep_id: string;
  base_url: string;
  model: string;
  simulated: boolean;
  started_at: string;
  ended_at: string;
  contexts: number[];
  concurrency: number[];
  gate_ttft_ms: number;
  max_tokens: number;
  seed: number;
  cells: SweepCell[];
  /** Why cells are missing: the failed cell that ended the sweep, or a signal; null if all were measured. */
  stopped: string | null;
  /** Decode tokens/s of the control, in order, the first one before any cell; [] without --decode-control. */
  control_tps: number[];
  control_drift: number | null;
  exit_reason: "ok" | "no_feasible" | "interrupted";
  report_path: string | null;
  db_path: string;
}
