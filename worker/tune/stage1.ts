// Stage 1: walk the candidates in the given order, stop at the first that passes the gate. Never re-sorts, never re-ranks.
// Source: contract §7.
import type { Candidate, Progress, RunContext, Weights } from "../context.ts";
import { tooBig } from "../core/measure/candidate-fit.ts";
import {
  measuredCosts,
  probeSeconds,
  shareDone,
  stage2Seconds,
  type Costs,
  type Work,
} from "../core/result/estimate.ts";
import { DEFAULT_KNOBS } from "../core/knobs.ts";
import type { Misfit, TrialFigures, Visit } from "../core/measure/measurement.ts";
import { trainedForLess } from "../core/models/model-config.ts";
import type { PromptScale } from "../core/measure/prompt.ts";
import { alternatesOf, type SizedCandidate, type Verdict } from "../core/result/verdicts.ts";
import { visitFigures } from "../core/measure/figures.ts";
import { visitCell } from "./trial.ts";

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
export async function stage1(ctx: RunContext, work: Work, prior: Costs, result: Stage1Result): Promise<Chosen | null> {
  const sized = await Promise.all(ctx.candidates.map((candidate) => sizeOf(ctx, candidate)));
  for (const candidate of ctx.candidates) {
    const taken = await carriedOver(ctx, candidate, prior);
    const probed = taken ?? (await probe(ctx, candidate, stageProgress(ctx, work, prior), prior));
    const mark = taken ? " (carried over)" : "";
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
}

/** The verdict of the run that was resumed; its weights are known to be the same. @returns null if it has none */
async function carriedOver(ctx: RunContext, candidate: Candidate, prior: Costs): Promise<Chosen | Rejected | null> {
  const taken = ctx.carriedOver?.candidates.get(candidate.id);
  if (!taken) return null;
  const { trialId, visit } = taken;
  const weights = ctx.provider.needsWeights ? await ctx.preWarm.inspect(candidate.id) : null;
  if (visit.misfit) return { misfit: visit.misfit, tensorBytes: weights?.tensorBytes ?? null };
  const costs = measuredCosts(visit, taken.wallMs, prior);
  return {
    ...{ candidate, weights, trialId, visit, costs },
    figures: visitFigures([visit]),
    scale: { current: taken.promptScale },
  };
}

async function probe(
  ctx: RunContext,
  candidate: Candidate,
  progress: Progress,
  prior: Costs,
): Promise<Chosen | Rejected> {
  const got = crashedBefore(ctx, candidate) ?? (await preWarm(ctx, candidate, progress));
  const weights = "misfit" in got ? null : got.weights;
  const unstarted = "misfit" in got ? got.misfit : tooBig(weights?.tensorBytes ?? null, ctx.memoryBytes);
  if (weights && !unstarted) warnOfTraining(ctx, candidate, weights);
  const trialId = startTrial(ctx, candidate, weights);
  const scale: Chosen["scale"] = { current: null };
  const startedAtMs = ctx.clock.nowMs();
  const visit = unstarted ? unstartedVisit(unstarted) : await visitDefaults(ctx, candidate, weights, progress, scale);
  const figures = visitFigures([visit]);
  const endedAtMs = ctx.clock.nowMs();
  const wallMs = endedAtMs - startedAtMs;
  const elapsedSeconds = (endedAtMs - ctx.startedAtMs) / 1000;
  ctx.journal.visitEnded(trialId, visit, figures, { elapsedSeconds, wallMs, nonceSet: 0, promptScale: scale.current });
  if (visit.misfit) return { misfit: visit.misfit, tensorBytes: weights?.tensorBytes ?? null };
  const costs = measuredCosts(visit, wallMs, prior);
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

function unstartedVisit(misfit: Misfit): Visit {
  return { knobs: DEFAULT_KNOBS, misfit, replicates: [], loadMs: null, promptTokens: null, notes: [] };
}

function visitDefaults(
  ctx: RunContext,
  candidate: Candidate,
  weights: Weights | null,
  progress: Progress,
  scale: Chosen["scale"],
): Promise<Visit> {
  const replicates = ctx.inputs.stage1Replicates;
  return visitCell(ctx, {
    stage: 1,
    candidate,
    weights,
    knobs: DEFAULT_KNOBS,
    replicates,
    nonceSet: 0,
    progress,
    scale,
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
  progress: Progress,
): Promise<{ weights: Weights | null } | { misfit: Misfit }> {
  if (!ctx.provider.needsWeights) return { weights: null };
  const report = (detail: string | null) =>
    ctx.report({
      ...progress,
      phase: "pre-warm",
      stage: 1,
      candidate: candidate.id,
      cell: null,
      detail,
      liveTps: null,
    });
  report(null);
  const fetched = await ctx.preWarm.fetch(
    candidate.id,
    (done, total) => report(`${gigabytes(done)} of ${gigabytes(total)} GB`),
    ctx.signal,
  );
  if (fetched.state === "ready") return { weights: fetched.weights };
  return { misfit: { class: "pre_warm", reason: fetched.reason } };
}

/** ETA while nothing is chosen yet: this probe passes, then all of Stage 2. */
function stageProgress(ctx: RunContext, work: Work, costs: Costs): Progress {
  const elapsed = (ctx.clock.nowMs() - ctx.startedAtMs) / 1000;
  const remaining = probeSeconds(costs, work) + stage2Seconds(costs, work, 0);
  return {
    phase: "starting",
    stage: 1,
    candidate: null,
    cell: null,
    detail: null,
    share: shareDone(elapsed, remaining),
    etaSeconds: remaining,
    liveTps: null,
  };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
