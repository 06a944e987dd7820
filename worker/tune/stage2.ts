// Stage 2: measure the knobs of the chosen model against each other, cell by cell, as the search method asks.
import type { RunContext, VisitConditions } from "../context.ts";
import { meanCosts, visitCosts, type Costs } from "../core/result/estimate.ts";
import { visitFigures } from "../core/measure/figures.ts";
import { shortModel, tokensPerSecond } from "../core/units.ts";
import type { Inputs } from "../core/settings/inputs.ts";
import { cellName } from "../core/knobs.ts";
import type { Visit } from "../core/measure/measurement.ts";
import type { ServerStart } from "../core/measure/visit-times.ts";
import type { Belief } from "../core/search/belief.ts";
import { visitResult } from "../core/search/replay.ts";
import type { Cell, SearchMethod, SearchOutcome, SearchSettings, Step } from "../core/search/search.ts";
import type { Chosen } from "./stage1.ts";
import type { Server } from "./server.ts";
import { outlookOf } from "./stage2-outlook.ts";
import { visitCell, type Visited } from "./trial.ts";
import type { VisitRequest } from "./visit-session.ts";

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
  server: Server,
  chosen: Chosen,
  cells: Cell[],
  method: SearchMethod,
  state: Stage2State,
): Promise<void> {
  const count = cells.length === 1 ? "one setting" : `${cells.length} settings`;
  ctx.log.info(`Comparing ${count} of ${shortModel(chosen.candidate.id)} (method ${method.name})`);
  ctx.journal.searchStarted(cells);
  const settings = searchSettings(ctx.inputs, chosen.costs, cells);
  let search = carryOver(ctx, chosen, cells, method, settings, state);
  const costs = (ctx.carriedOver?.visits ?? []).map((one) => visitCosts(one.visit, one, chosen.costs));
  for (;;) {
    const step = method.next(search);
    if (step.kind === "done") break;
    const cell = cells[step.cellIndex];
    if (!cell) throw new RangeError(`the search asked for cell ${step.cellIndex} of ${cells.length}`);
    const startedAtMs = ctx.clock.nowMs();
    const isRunning = server.runs({ model: chosen.candidate.id, knobs: cell.knobs });
    const ahead = { step, isRunning, left: method.left(search) };
    const outlook = outlookOf(ctx, ahead, meanCosts(costs, chosen.costs), chosen.costs);
    const { visit, start } = await visitOnce(ctx, server, chosen, cell, { step, outlook }, state);
    const conditions = conditionsOf(ctx, step, startedAtMs, start, chosen);
    costs.push(visitCosts(visit, conditions, chosen.costs));
    search = method.accept(search, visitResult(cell.index, visit, conditions, ctx.inputs.maxDurationS));
    state.outcome = method.outcome(search);
    const belief = method.belief?.(search) ?? null;
    keepVisit(ctx, cell, { visit, conditions, belief, purpose: step.purpose }, state);
  }
  state.outcome = method.outcome(search);
}

/** What the search is told, from the inputs and what Stage 1 measured. */
export function searchSettings(
  inputs: Pick<Inputs, "stage2Replicates" | "tpsTieEpsilon">,
  costs: Costs,
  cells: Cell[],
): SearchSettings {
  return {
    cells,
    replicates: inputs.stage2Replicates,
    tieEpsilon: inputs.tpsTieEpsilon,
    startSeconds: costs.startSeconds,
    requestSeconds: costs.requestSeconds,
  };
}

/** Begin the search with the visits that the resumed run has finished; none for a run that begins anew. */
function carryOver(
  ctx: RunContext,
  chosen: Chosen,
  cells: Cell[],
  method: SearchMethod,
  settings: SearchSettings,
  state: Stage2State,
): unknown {
  const carried = ctx.carriedOver?.visits ?? [];
  let search = method.start(settings);
  for (const one of carried) {
    const { visit, trialId, cellIndex, promptScale } = one;
    search = method.accept(search, visitResult(cellIndex, visit, one, ctx.inputs.maxDurationS));
    state.visits.set(cellIndex, [...(state.visits.get(cellIndex) ?? []), visit]);
    state.trialIds.set(cellIndex, trialId);
    chosen.scale.current = promptScale ?? chosen.scale.current;
  }
  if (carried.length === 0) return search;
  state.outcome = method.outcome(search);
  for (const { index, knobs } of cells) {
    const visits = state.visits.get(index) ?? [];
    if (visits.length > 0) ctx.log.info(`· ${cellName(knobs)}: ${visitText(visits)} (carried over)`);
  }
  return search;
}

function conditionsOf(
  ctx: RunContext,
  step: Step & { kind: "visit" },
  startedAtMs: number,
  start: ServerStart | null,
  { scale }: Chosen,
): VisitConditions {
  const nowMs = ctx.clock.nowMs();
  return {
    elapsedSeconds: (nowMs - ctx.startedAtMs) / 1000,
    wallMs: nowMs - startedAtMs,
    start,
    nonceSet: step.nonceSet,
    promptScale: scale.current,
  };
}

async function visitOnce(
  ctx: RunContext,
  server: Server,
  chosen: Chosen,
  cell: Cell,
  { step, outlook }: { step: Step & { kind: "visit" }; outlook: VisitRequest["outlook"] },
  state: Stage2State,
): Promise<Visited> {
  startTrial(ctx, chosen, cell, state);
  return visitCell(ctx, server, {
    stage: 2,
    candidate: chosen.candidate,
    weights: chosen.weights,
    knobs: cell.knobs,
    replicates: step.replicates,
    nonceSet: step.nonceSet + 1,
    outlook,
    scale: chosen.scale,
  });
}

interface Made {
  visit: Visit;
  conditions: VisitConditions;
  belief: Belief | null;
  purpose: "pass" | "confirm";
}

/** Commit the visit with the trial's figures so far, and say what it brought. */
function keepVisit(ctx: RunContext, cell: Cell, made: Made, state: Stage2State): void {
  const { visit, conditions, belief, purpose } = made;
  const visits = [...(state.visits.get(cell.index) ?? []), visit];
  state.visits.set(cell.index, visits);
  const interval = state.outcome?.cells.find((one) => one.cellIndex === cell.index)?.interval ?? null;
  const trialId = state.trialIds.get(cell.index);
  const figures = { ...visitFigures(visits), interval };
  if (trialId !== undefined) ctx.journal.visitEnded(trialId, visit, figures, conditions, belief);
  const name = cellName(cell.knobs);
  ctx.log.info(
    visit.misfit
      ? `✗ ${name}: ${visit.misfit.reason}`
      : `· ${name}: ${visitText([visit])}${purpose === "confirm" ? " (confirming)" : ""}`,
  );
}

const visitText = (visits: Visit[]): string => {
  const { misfit, tps } = visitFigures(visits);
  return misfit ? misfit.reason : tokensPerSecond(tps);
};

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
