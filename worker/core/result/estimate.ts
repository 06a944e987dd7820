// How long a run will take. Starts from priors, then uses what the run itself measured. Pure.
// Source: contract §3 (plan, status: ETA).
import { type MethodName, methodOf } from "../search/methods.ts";
import type { VisitCount } from "../search/search.ts";
import type { Visit } from "../measure/measurement.ts";
import { measuredRequest, type VisitEnd } from "../measure/visit-times.ts";

/** Costs in seconds; measured ones replace the priors. */
export interface Costs {
  /** One start of the provider until it is ready, and its stop. */
  startSeconds: number;
  /** One replicate at the target context. */
  requestSeconds: number;
}

/** Before anything was measured: a mid-size model on a laptop. */
export const PRIOR: Costs = { startSeconds: 40, requestSeconds: 15 };
/** The simulator's demo machine. */
export const SIMULATED_PRIOR: Costs = { startSeconds: 0.6, requestSeconds: 0.35 };

export interface Work {
  method: MethodName;
  cells: number;
  stage2Replicates: number;
  stage1Replicates: number;
}

/** Costs as one visit showed them. @param wallMs from before its start to after its stop */
export function measuredCosts(visit: Visit, wallMs: number, prior: Costs): Costs {
  const requestSeconds = measuredRequest(visit) ?? prior.requestSeconds;
  return { requestSeconds, startSeconds: Math.max(0, wallMs / 1000 - requestSeconds * visit.replicates.length) };
}

/** Costs as a visit that is under way, or did not fit, shows them: what it has not measured is as `before`. */
export function costsSoFar(visit: Visit, before: Costs): Costs {
  const isReady = visit.loadMs !== null && (visit.misfit === null || visit.replicates.length > 0);
  return {
    startSeconds: isReady ? (visit.loadMs ?? 0) / 1000 : before.startSeconds,
    requestSeconds: measuredRequest(visit) ?? before.requestSeconds,
  };
}

/** Costs of a visit that may have found its server running: of starts it then says nothing. */
export interface VisitCosts {
  startSeconds: number | null;
  requestSeconds: number;
}

/** Costs as one visit of Stage 2 showed them; what it has not measured is as `prior`. */
export function visitCosts(
  visit: Visit,
  { wallMs, start }: Pick<VisitEnd, "wallMs" | "start">,
  prior: Costs,
): VisitCosts {
  const costs = measuredCosts(visit, wallMs, prior);
  return start?.kept === true ? { ...costs, startSeconds: null } : costs;
}

/** Mean start and mean request; a start is as `prior` where none was measured. @returns null without any visit */
export function meanCosts(all: readonly VisitCosts[], prior: Costs): Costs | null {
  const starts = all.flatMap(({ startSeconds }) => (startSeconds === null ? [] : [startSeconds]));
  const requestSeconds = mean(all.map((one) => one.requestSeconds));
  return requestSeconds === null ? null : { startSeconds: mean(starts) ?? prior.startSeconds, requestSeconds };
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;

/** Warm-up of a visit that is the first of its model, and of a later one, in requests. */
const [FIRST_WARM_UP, WARM_UP] = [0.5, 0.3];

/**
 * Seconds that a visit under way still needs, by what it has measured itself.
 * @param replicates that it makes in all @param isRunning its server runs already: neither start nor warm-up
 * @returns ≥ 0
 */
export function visitLeft(visit: Visit, replicates: number, before: Costs, isRunning = false): number {
  const { startSeconds, requestSeconds } = costsSoFar(visit, before);
  const done = visit.replicates.filter(({ state }) => state === "ok").length;
  const start = visit.loadMs === null && !isRunning ? startSeconds : 0;
  const requests = replicates - done + (visit.replicates.length === 0 && !isRunning ? WARM_UP : 0);
  return start + Math.max(0, requests) * requestSeconds;
}

/** Seconds that a download still needs at its mean speed so far; 0 while it has none. @param seconds in which `doneBytes` came */
export function downloadLeft(doneBytes: number, leftBytes: number, seconds: number): number {
  return doneBytes > 0 ? (leftBytes / doneBytes) * seconds : 0;
}

/** Seconds of one Stage 1 probe. */
export function probeSeconds(costs: Costs, work: Work): number {
  return costs.startSeconds + (work.stage1Replicates + FIRST_WARM_UP) * costs.requestSeconds;
}

/** Visits and replicates that Stage 2 is expected to make in all. */
export function expectedStage2(work: Work): VisitCount {
  return methodOf(work.method).expected(work.cells, work.stage2Replicates);
}

/** Seconds of all of Stage 2. */
export function stage2Seconds(costs: Costs, work: Work): number {
  return visitsSeconds(costs, expectedStage2(work));
}

/** Seconds of so many visits that start the server, with so many replicates in all. @returns ≥ 0 */
export function visitsSeconds(costs: Costs, { visits, replicates }: VisitCount): number {
  return Math.max(
    0,
    visits * (costs.startSeconds + WARM_UP * costs.requestSeconds) + replicates * costs.requestSeconds,
  );
}
