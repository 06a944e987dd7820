// THE FLOW. A tune from its first start to its recipe, readable from top to bottom.
// Around it, cli.ts claims the run, refuses conflicts, and ends what this returns.
import type { RunContext } from "./context.ts";
import { AutotuneError, RunStopped, errorText, type ExitReason } from "./core/errors.ts";
import type { Costs, Work } from "./core/result/estimate.ts";
import type { Cell, SearchMethod, SearchOutcome } from "./core/search/search.ts";
import { noFeasibleText } from "./core/result/verdicts.ts";
import { recommend } from "./tune/recommend.ts";
import { createServer } from "./tune/server.ts";
import { stage1, type Stage1Result } from "./tune/stage1.ts";
import { stage2, type Stage2State } from "./tune/stage2.ts";
import type { Recommendation } from "./core/result/recipe.ts";

/** What the flow needs beside the context: the cells of a model, and how to search them. */
export interface TunePlan {
  method: SearchMethod;
  /** Cells for the chosen model; the incumbent among them if the live config serves that model. */
  cellsFor(model: string): Cell[];
  work: Work;
  prior: Costs;
}

/** How a run ended; never an exception. */
export interface TuneEnd {
  exitReason: ExitReason;
  detail: string | null;
  /** Set if a signal stopped the run; the exit code depends on it. */
  stopped: RunStopped | null;
  recommendation: Recommendation | null;
  verdicts: Stage1Result["verdicts"];
  alternates: string[];
  search: SearchOutcome | null;
}

/** Run the tune. Every way out is a TuneEnd; what was measured before an interrupt is kept in it. */
export async function autotune(ctx: RunContext, plan: TunePlan): Promise<TuneEnd> {
  const found: Stage1Result = { chosen: null, verdicts: [], alternates: [] };
  const knobs: Stage2State = { outcome: null, visits: new Map(), trialIds: new Map() };
  const server = createServer(ctx, { keeps: plan.method.keepsServer });
  try {
    try {
      const chosen = await stage1(ctx, server, plan.work, plan.prior, found);
      if (chosen) await stage2(ctx, server, chosen, plan.cellsFor(chosen.candidate.id), plan.method, knobs);
    } finally {
      await server.stop(); // the last cell's, where servers are kept
    }
    if (found.chosen) return end(ctx, found, knobs, "ok", null);
    return end(ctx, found, knobs, "no_feasible", noFeasibleText(found.verdicts, ctx.inputs.targetContext));
  } catch (error) {
    return end(ctx, found, knobs, ...exitOf(error, found.chosen !== null), error);
  }
}

/** Put together what is known at the end, whatever the end was. */
function end(
  ctx: RunContext,
  found: Stage1Result,
  knobs: Stage2State,
  exitReason: ExitReason,
  detail: string | null,
  error?: unknown,
): TuneEnd {
  const stopped = error instanceof RunStopped ? error : null;
  const complete = exitReason === "ok";
  const recommendation = found.chosen && (complete || stopped) ? recommend(ctx, found.chosen, knobs, !complete) : null;
  return {
    exitReason,
    detail,
    stopped,
    recommendation,
    verdicts: found.verdicts,
    alternates: found.alternates,
    search: knobs.outcome,
  };
}

/** How a run ended that was stopped or failed before its first start. */
export function endedBefore(error: unknown): TuneEnd {
  const [exitReason, detail] = exitOf(error, false);
  const stopped = error instanceof RunStopped ? error : null;
  return { exitReason, detail, stopped, recommendation: null, verdicts: [], alternates: [], search: null };
}

/** Which exit reason an exception is. */
function exitOf(error: unknown, modelSelected: boolean): [ExitReason, string] {
  if (error instanceof RunStopped) {
    if (error.why.kind === "interrupted") return ["interrupted", error.message];
    return [
      modelSelected ? "budget_exhausted_with_partial_recommendation" : "budget_exhausted_no_model_selected",
      error.message,
    ];
  }
  if (error instanceof AutotuneError) {
    const text = [error.message, error.remedy].filter(Boolean).join("\n");
    if (
      error.code === "pre_warm_integrity_failure" ||
      error.code === "provider_conflict" ||
      error.code === "config_error"
    )
      return [error.code, text];
    return ["internal_error", text];
  }
  return ["internal_error", error instanceof Error && error.stack ? error.stack : errorText(error)];
}
