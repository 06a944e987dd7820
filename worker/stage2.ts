// Stage 2: measure the knobs of the chosen model against each other, cell by cell, as the search method asks.
// Source: contract §9.
import type { Progress, RunContext } from "./context.ts";
import { shareDone, stage2Seconds, type Costs, type Work } from "./core/estimate.ts";
import { visitFigures } from "./core/figures.ts";
import { shortModel, tokensPerSecond } from "./core/format.ts";
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
  const count = cells.length === 1 ? "one setting" : `${cells.length} settings`;
  ctx.log.info(`Comparing ${count} of ${shortModel(chosen.candidate.id)} (method ${method.name})`);
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
    keepVisit(ctx, cell, visit, step.purpose, state);
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
  startTrial(ctx, chosen, cell, state);
  ctx.report({ ...progress, phase: "between-cells", cell: cellName(cell.knobs), candidate: chosen.candidate.id });
  return visitCell(ctx, {
    stage: 2,
    candidate: chosen.candidate,
    weights: chosen.weights,
    knobs: cell.knobs,
    replicates: step.replicates,
    nonceSet: step.nonceSet + 1,
    progress,
    scale: chosen.scale,
  });
}

/** Commit the visit with the trial's figures so far, and say what it brought. */
function keepVisit(ctx: RunContext, cell: Cell, visit: Visit, purpose: "pass" | "confirm", state: Stage2State): void {
  const visits = [...(state.visits.get(cell.index) ?? []), visit];
  state.visits.set(cell.index, visits);
  const interval = state.outcome?.cells.find((one) => one.cellIndex === cell.index)?.interval ?? null;
  const trialId = state.trialIds.get(cell.index);
  if (trialId !== undefined) ctx.journal.visitEnded(trialId, visit, { ...visitFigures(visits), interval });
  const name = cellName(cell.knobs);
  const tps = tokensPerSecond(visitFigures([visit]).tps);
  ctx.log.info(
    visit.misfit
      ? `✗ ${name}: ${visit.misfit.reason}`
      : `· ${name}: ${tps}${purpose === "confirm" ? " (confirming)" : ""}`,
  );
}

function startTrial(ctx: RunContext, chosen: Chosen, cell: Cell, state: Stage2State): void {
  const trialId = ctx.journal.trialStarted({
    stage: 2,
    model: chosen.candidate.id,
    knobs: cell.knobs,
    targetContext: ctx.inputs.targetContext,
    maxTokens: ctx.inputs.maxTokens,
    position: cell.index,
    modelRevision: chosen.weights?.revision ?? null,
  });
  state.trialIds.set(cell.index, trialId);
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
