// How long a run will take and how much of it is done. Starts from priors, then uses what the run itself measured. Pure.
// Source: contract §3 (plan, status: ETA).
import { type MethodName, methodOf } from "../search/methods.ts";
import type { Visit } from "../measure/measurement.ts";

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
  const times = visit.replicates.flatMap((one) =>
    one.state === "ok" ? [Math.max(...one.requests.map((r) => r.totalMs))] : [],
  );
  const requestSeconds =
    times.length === 0 ? prior.requestSeconds : times.reduce((a, b) => a + b, 0) / times.length / 1000;
  return { requestSeconds, startSeconds: Math.max(0, wallMs / 1000 - requestSeconds * visit.replicates.length) };
}

/** Seconds of one Stage 1 probe. */
export function probeSeconds(costs: Costs, work: Work): number {
  return costs.startSeconds + (work.stage1Replicates + 0.5) * costs.requestSeconds;
}

/** Visits and replicates that Stage 2 is expected to make in all. */
export function expectedStage2(work: Work): { visits: number; replicates: number } {
  return methodOf(work.method).expected(work.cells, work.stage2Replicates);
}

/** Seconds that Stage 2 still needs after `visitsDone` visits. @returns ≥ 0 */
export function stage2Seconds(costs: Costs, work: Work, visitsDone: number): number {
  const { visits, replicates } = expectedStage2(work);
  const left = Math.max(methodOf(work.method).atLeastLeft, visits - visitsDone);
  return left * (costs.startSeconds + (replicates / visits + 0.3) * costs.requestSeconds);
}

/** Share of the run that is done, from elapsed and remaining seconds, 0 to 1; never 1 before the end. */
export function shareDone(elapsedSeconds: number, remainingSeconds: number): number {
  const total = elapsedSeconds + remainingSeconds;
  return total <= 0 ? 0 : Math.min(0.99, elapsedSeconds / total);
}
