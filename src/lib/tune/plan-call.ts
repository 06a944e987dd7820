// Asks the worker what `run` with these flags would do. Nothing is started by it. Source: contract §3 (plan).
import { type PlanReport, planSchema } from "../../../worker/core/result/plan-report.ts";
import { callWorker } from "../worker/raycast-worker.ts";

/** Sizes are asked for on the Hub, a few seconds each way; a provider's --help may take longer on a cold start. */
const PLAN_MS = 60_000;

/** @throws WorkerError in the words that `run` would refuse with */
export const askPlan = (flags: readonly string[]): Promise<PlanReport> =>
  callWorker(["plan", ...flags], planSchema, { timeoutMs: PLAN_MS });
