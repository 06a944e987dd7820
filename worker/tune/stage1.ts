// Stage 1: walk the candidates in the given order, stop at the first that passes the gate. Never re-sorts, never re-ranks.
// Source: contract §7.
import type { Candidate, RunContext, Weights } from "../context.ts";
import { tooBig } from "../core/measure/candidate-fit.ts";
import {
  costsSoFar,
  downloadLeft,
  measuredCosts,
  probeSeconds,
  stage2Seconds,
  visitLeft,
  type Costs,
  type Work,
} from "../core/result/estimate.ts";
import { DEFAULT_KNOBS } from "../core/knobs.ts";
import { diskSize } from "../core/units.ts";
import type { Misfit, TrialFigures, Visit } from "../core/measure/measurement.ts";
import { trainedForLess } from "../core/models/model-config.ts";
import type { PromptScale } from "../core/measure/prompt.ts";
import { alternatesOf, type SizedCandidate, type Verdict } from "../core/result/verdicts.ts";
import type { Outlook } from "../core/result/progress.ts";
import { visitFigures } from "../core/measure/figures.ts";
import type { Server } from "./server.ts";
import { emptyVisit, visitCell, type Visited } from "./trial.ts";

export interface Chosen {
  candidate: Candidate;
  weights: Weights | null;
  trialId: number;
  visit: Visit;
  figures: TrialFigures;
  scale: { current: PromptScale | null };
  costs: Costs;
}

export interface Stage1Result {
  chosen: Chosen | null;
  verdicts: Verdict[];
  alternates: string[];
}

/**
 * Find the first feasible candidate. `result` is filled as it goes, so that an interrupted run still has its verdicts.
 * @throws the signal's reason (an interrupt is never counted as a candidate's failure); AutotuneError pre_warm_integrity_failure
 */
export async function stage1(
  ctx: RunContext,
  server: Server,
  work: Work,
  prior: Costs,
  result: Stage1Result,
): Promise<Chosen | null> {
  const sized = await Promise.all(ctx.candidates.map((candidate) => sizeOf(ctx, candidate)));
  let costs = prior;
  for (const candidate of ctx.candidates) {
    const carried = await carriedOver(ctx, candidate, costs);
    const probed = carried ?? (await probe(ctx, server, candidate, { work, costs }));
    const mark = carried ? " (carried over)" : "";
    costs = probed.costs;
    if ("misfit" in probed) {
      const known = sized.find((one) => one.rank === candidate.rank);
      result.verdicts.push({
        id: candidate.id,
        rank: candidate.rank,
        tensorBytes: probed.tensorBytes ?? known?.tensorBytes ?? null,
        misfit: probed.misfit,
      });
      ctx.log.info(`✗ ${candidate.id}: ${probed.misfit.reason}${mark}`);
      continue;
    }
    ctx.log.info(
      `✓ ${candidate.id} serves ${ctx.inputs.targetContext} tokens: ${probed.figures.tps?.toFixed(1)} tok/s, TTFT ${((probed.figures.ttftP95Ms ?? 0) / 1000).toFixed(2)} s${mark}`,
    );
    result.chosen = probed;
    result.alternates = alternatesOf({ ...candidate, tensorBytes: probed.weights?.tensorBytes ?? null }, sized);
    return probed;
  }
  return null;
}

async function sizeOf(ctx: RunContext, candidate: Candidate): Promise<SizedCandidate> {
  const weights = ctx.provider.needsWeights ? await ctx.preWarm.inspect(candidate.id) : null;
  return { ...candidate, tensorBytes: weights?.tensorBytes ?? null };
}

interface Rejected {
  misfit: Misfit;
  tensorBytes: number | null;
  /** As known so far. */
  costs: Costs;
}

/** What the time ahead is estimated from. */
interface Ahead {
  work: Work;
  costs: Costs;
}

/** The verdict of the run that was resumed; its weights are known to be the same. @returns null if it has none */
async function carriedOver(ctx: RunContext, candidate: Candidate, before: Costs): Promise<Chosen | Rejected | null> {
  const carried = ctx.carriedOver?.candidates.get(candidate.id);
  if (!carried) return null;
  const { trialId, visit } = carried;
  const weights = ctx.provider.needsWeights ? await ctx.preWarm.inspect(candidate.id) : null;
  if (visit.misfit) return rejected(visit, visit.misfit, weights, before);
  const costs = measuredCosts(visit, carried.wallMs, before);
  return {
    ...{ candidate, weights, trialId, visit, costs },
    figures: visitFigures([visit]),
    scale: { current: carried.promptScale },
  };
}

const rejected = (visit: Visit, misfit: Misfit, weights: Weights | null, before: Costs): Rejected => ({
  misfit,
  tensorBytes: weights?.tensorBytes ?? null,
  costs: costsSoFar(visit, before),
});

async function probe(ctx: RunContext, server: Server, candidate: Candidate, ahead: Ahead): Promise<Chosen | Rejected> {
  const got = crashedBefore(ctx, candidate) ?? (await preWarm(ctx, candidate, ahead));
  const weights = "misfit" in got ? null : got.weights;
  const unstarted = "misfit" in got ? got.misfit : tooBig(weights?.tensorBytes ?? null, ctx.memoryBytes);
  if (weights && !unstarted) warnOfTraining(ctx, candidate, weights);
  const trialId = startTrial(ctx, candidate, weights);
  const scale: Chosen["scale"] = { current: null };
  const startedAtMs = ctx.clock.nowMs();
  const { visit, start } = unstarted
    ? { visit: emptyVisit(DEFAULT_KNOBS, unstarted), start: null }
    : await visitDefaults(ctx, server, { candidate, weights, scale }, ahead);
  const figures = visitFigures([visit]);
  const endedAtMs = ctx.clock.nowMs();
  const wallMs = endedAtMs - startedAtMs;
  const elapsedSeconds = (endedAtMs - ctx.startedAtMs) / 1000;
  // Start 0 is the chosen candidate's; rejected ones have none that could be mistaken for it.
  const chosenStart = visit.misfit ? null : start;
  const conditions = { elapsedSeconds, wallMs, start: chosenStart, nonceSet: 0, promptScale: scale.current };
  ctx.journal.visitEnded(trialId, visit, figures, conditions);
  if (visit.misfit) return rejected(visit, visit.misfit, weights, ahead.costs);
  const costs = measuredCosts(visit, wallMs, ahead.costs);
  return { candidate, weights, trialId, visit, figures, scale, costs };
}

function warnOfTraining(ctx: RunContext, candidate: Candidate, weights: Weights): void {
  const untrained = trainedForLess(weights.trainedPositions, ctx.inputs.targetContext);
  if (untrained === null) return;
  ctx.log.warn(`${candidate.id}: ${untrained}`);
  ctx.journal.note("warning", `${candidate.id}: ${untrained}`);
}

function startTrial(ctx: RunContext, candidate: Candidate, weights: Weights | null): number {
  return ctx.journal.trialStarted({
    stage: 1,
    model: candidate.id,
    knobs: DEFAULT_KNOBS,
    targetContext: ctx.inputs.targetContext,
    maxTokens: ctx.inputs.maxTokens,
    position: candidate.rank - 1,
    modelRevision: weights?.revision ?? null,
  });
}

function visitDefaults(
  ctx: RunContext,
  server: Server,
  subject: Pick<Chosen, "candidate" | "weights" | "scale">,
  { work, costs: before }: Ahead,
): Promise<Visited> {
  const replicates = ctx.inputs.stage1Replicates;
  /** That this candidate fits, then all of Stage 2. */
  const outlook = (visit: Visit): Outlook => {
    const costs = costsSoFar(visit, before);
    const stepSeconds = visitLeft(visit, replicates, costs);
    return { atMs: ctx.clock.nowMs(), stepSeconds, restSeconds: stage2Seconds(costs, work) };
  };
  return visitCell(ctx, server, {
    ...subject,
    ...{ stage: 1, knobs: DEFAULT_KNOBS, replicates, nonceSet: 0, outlook },
  });
}

/** A start that took the machine down is not repeated unasked. */
function crashedBefore(ctx: RunContext, candidate: Candidate): { misfit: Misfit } | null {
  const reason = ctx.crashSuspects.get(candidate.id);
  return reason === undefined ? null : { misfit: { class: "crash_suspect", reason } };
}

/** @returns null weights where the provider keeps none; a misfit where they could not be had. */
async function preWarm(
  ctx: RunContext,
  candidate: Candidate,
  ahead: Ahead,
): Promise<{ weights: Weights | null } | { misfit: Misfit }> {
  if (!ctx.provider.needsWeights) return { weights: null };
  const outlookWith = downloadOutlook(ctx, ahead);
  const report = (detail: string | null, outlook: Outlook) =>
    ctx.report({
      phase: "pre-warm",
      stage: 1,
      candidate: candidate.id,
      place: { rank: candidate.rank, of: ctx.candidates.length },
      cell: null,
      detail,
      liveTps: null,
      outlook,
    });
  report(null, outlookWith(0, 0));
  const fetched = await ctx.preWarm.fetch(
    candidate.id,
    (done, total) => report(`${diskSize(done)} of ${diskSize(total)}`, outlookWith(done, total)),
    ctx.signal,
  );
  if (fetched.state === "ready") return { weights: fetched.weights };
  return { misfit: { class: "pre_warm", reason: fetched.reason } };
}

/** What lies ahead of a download, by the speed since its first byte, or since it began anew; what was there before says nothing of that. */
function downloadOutlook({ clock }: RunContext, { work, costs }: Ahead): (done: number, total: number) => Outlook {
  let begin: { atMs: number; bytes: number } | null = null;
  return (done, total) => {
    const atMs = clock.nowMs();
    if (total > 0 && (begin === null || done < begin.bytes)) begin = { atMs, bytes: done };
    const { atMs: since, bytes } = begin ?? { atMs, bytes: done };
    const download = downloadLeft(done - bytes, total - done, (atMs - since) / 1000);
    return { atMs, stepSeconds: download + probeSeconds(costs, work), restSeconds: stage2Seconds(costs, work) };
  };
}
