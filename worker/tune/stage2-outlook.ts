// What lies ahead of a visit of Stage 2, by what visits before it cost. Source: contract §3 (status: ETA).
import type { RunContext } from "../context.ts";
import { costsSoFar, visitLeft, visitsSeconds, type Costs } from "../core/result/estimate.ts";
import type { Step, VisitCount } from "../core/search/search.ts";
import type { VisitRequest } from "./visit-session.ts";

interface Ahead {
  step: Step & { kind: "visit" };
  /** The step finds its server running. */
  isRunning: boolean;
  /** Starts that are still needed, and requests. */
  left: VisitCount;
}

/** The visit that is asked for, and those that are expected after it, at the mean cost of those before: Stage 1's probe says little. */
export function outlookOf(
  { clock }: RunContext,
  { step, isRunning, left }: Ahead,
  mean: Costs | null,
  probed: Costs,
): VisitRequest["outlook"] {
  const visits = Math.max(0, left.visits - (isRunning ? 0 : 1));
  const rest = { visits, replicates: left.replicates - step.replicates };
  return (visit) => {
    const costs = mean ?? costsSoFar(visit, probed);
    const stepSeconds = visitLeft(visit, step.replicates, costs, isRunning);
    return { atMs: clock.nowMs(), stepSeconds, restSeconds: visitsSeconds(costs, rest) };
  };
}
