// Stage 2: measure the knobs of the chosen model against each other, cell by cell, as the search method asks.
// Source: contract §9.
import type { Progress, RunContext } from "./context.ts";
import { shareDone, stage2Seconds, type Costs, type Work } from "./core/estimate.ts";
import { visitFigures } from "./core/figures.ts";
import { cellName } from "./core/knobs.ts";
import type { Visit } from "./core/measurement.ts";
import type { Cell, SearchMethod, SearchOutcome, SearchSettings, Step, VisitResult } from "./core/search.ts";
import type { Chosen } from "./stage1.ts";
import { visitCell } from "./trial.ts";

/** State of Stage 2 that outlives an interrupt: the search as far as it got, and the visits of every cell. */
export interface Stage2State {
  outcome: SearchOutcome | null;
  visits: Map<number, Visit[]>;
  trialIds: Map<number, number>;
}

/**
 * Run the search to its end; `state` is kept up to date after each visit.
 * @throws the signal's reason; AutotuneError pre_warm_integrity_failure
 */
export async function stage2(
  ctx: RunContext,
  chosen: Chosen,
  cells: Cell[],
  method: SearchMethod,
  state: Stage2State,
): Promise<void> {
  const settings = searchSettings(ctx, chosen, cells);
  let search = method.start(settings);
  const work: Work = {
    method: method.name,
    cells: cells.length,
    stage1Replicates: ctx.inputs.stage1Replicates,
    stage2Replicates: ctx.inputs.stage2Replicates,
  };
  for (let done = 0; ; done += 1) {
    const step = method.next(search);
    if (step.kind === "done") break;
    const cell = cells[step.cellIndex];
    if (!cell) throw new RangeError(`the search asked for cell ${step.cellIndex} of ${cells.length}`);
    const visit = await visitOnce(ctx, chosen, cell, step, cellProgress(ctx, work, chosen.costs, done), state);
    search = method.accept(search, visitResult(ctx, cell, visit));
    state.outcome = method.outcome(search);
  }
  state.outcome = method.outcome(search);
}

function searchSettings(ctx: RunContext, chosen: Chosen, cells: Cell[]): SearchSettings {
  return {
    cells,
    replicates: ctx.inputs.stage2Replicates,
    tieEpsilon: ctx.inputs.tpsTieEpsilon,
    startSeconds: chosen.costs.startSeconds,
    requestSeconds: chosen.costs.requestSeconds,
  };
}

async function visitOnce(
  ctx: RunContext,
  chosen: Chosen,
  cell: Cell,
  step: Step & { kind: "visit" },
  progress: Progress,
  state: Stage2State,
): Promise<Visit> {
  const trialId = state.trialIds.get(cell.index) ?? startTrial(ctx, chosen, cell, state);
  ctx.report({ ...progress, phase: "between-cells", cell: cellName(cell.knobs), candidate: chosen.candidate.id });
  const visit = await visitCell(ctx, {
    stage: 2,
    candidate: chosen.candidate,
    weights: chosen.weights,
    knobs: cell.knobs,
    replicates: step.replicates,
    nonceSet: step.nonceSet + 1,
    progress,
    scale: chosen.scale,
  });
  const visits = [...(state.visits.get(cell.index) ?? []), visit];
  state.visits.set(cell.index, visits);
  const figures = visitFigures(visits);
  ctx.journal.visitEnded(trialId, visit, figures);
  const tps = visitFigures([visit]).tps;
  ctx.log.info(
    visit.misfit
      ? `✗ ${cellName(cell.knobs)}: ${visit.misfit.reason}`
      : `· ${cellName(cell.knobs)}: ${tps?.toFixed(1)} tok/s${step.purpose === "confirm" ? " (confirming)" : ""}`,
  );
  return visit;
}

function startTrial(ctx: RunContext, chosen: Chosen, cell: Cell, state: Stage2State): number {
  const trialId = ctx.journal.trialStarted({
    stage: 2,
    model: chosen.candidate.id,
    knobs: cell.knobs,
    targetContext: ctx.inputs.targetContext,
    maxTokens: ctx.inputs.maxTokens,
    position: cell.index,
  });
  state.trialIds.set(cell.index, trialId);
  return trialId;
}

function visitResult(ctx: RunContext, cell: Cell, visit: Visit): VisitResult {
  const ok = visit.replicates.flatMap((one) => (one.state === "ok" ? [one] : []));
  return {
    cellIndex: cell.index,
    tps: ok.map((one) => one.tps),
    ttftMs: ok.flatMap((one) => one.requests.map((request) => request.ttftMs)),
    misfit: visit.misfit,
    elapsedShare: Math.min(1, (ctx.clock.nowMs() - ctx.startedAtMs) / 1000 / ctx.inputs.maxDurationS),
  };
}

function cellProgress(ctx: RunContext, work: Work, costs: Costs, visitsDone: number): Progress {
  const elapsed = (ctx.clock.nowMs() - ctx.startedAtMs) / 1000;
  const remaining = stage2Seconds(costs, work, visitsDone);
  return {
    phase: "between-cells",
    stage: 2,
    candidate: null,
    cell: null,
    detail: null,
    share: shareDone(elapsed, remaining),
    etaSeconds: remaining,
    liveTps: null,
  };
}
