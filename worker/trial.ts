// One visit of a cell: start the provider, warm it up, fire the replicates, stop it. Shared by both stages.
// Source: contract §2 (visit), §7, §8.
import type { Candidate, Progress, RunContext, Running, Weights } from "./context.ts";
import { AutotuneError } from "./core/errors.ts";
import { aggregateReplicate, contextMisfit, tooMuchCached } from "./core/feasibility.ts";
import { cellName, type Knobs } from "./core/knobs.ts";
import type { Misfit, Replicate, Visit } from "./core/measurement.ts";
import {
  correctScale,
  nonce,
  promptText,
  scaleFrom,
  UNSCALED,
  withinTarget,
  wordsFor,
  type PromptScale,
} from "./core/prompt.ts";
import { measureRequest, type Measured } from "./measure.ts";

export interface VisitRequest {
  stage: 1 | 2;
  candidate: Candidate;
  weights: Weights | null;
  knobs: Knobs;
  replicates: number;
  /** Names the prompts: the same for every cell of a pass. */
  nonceSet: number;
  /** Share and ETA of the run, for progress; phase and detail are filled in here. */
  progress: Progress;
  /** Length of prompts as this model counts them; found in the first visit, reused by later ones. */
  scale: { current: PromptScale | null };
}

/** Repeats of an invalid replicate. Source: contract §8. */
const MAX_REPEATS = 2;

/**
 * Visit a cell once. The provider is stopped on every way out.
 * @throws the signal's reason; AutotuneError pre_warm_integrity_failure if the provider itself reports broken weights
 */
export async function visitCell(ctx: RunContext, wanted: VisitRequest): Promise<Visit> {
  const visit: Visit = {
    knobs: wanted.knobs,
    misfit: null,
    replicates: [],
    loadMs: null,
    promptTokens: null,
    notes: [],
  };
  const progress = progressWriter(ctx, wanted);
  try {
    progress("loading", null);
    const started = await ctx.supervisor.start(
      wanted.candidate.id,
      wanted.knobs,
      (line) => progress("loading", line),
      ctx.signal,
    );
    if (started.state === "misfit") {
      if (started.integrity) throw integrityFailure(wanted.candidate.id, started.misfit.reason);
      visit.notes.push(...logNote(started.logTail));
      return { ...visit, loadMs: started.loadMs, misfit: started.misfit };
    }
    visit.loadMs = started.running.loadMs;
    visit.misfit = await measureVisit({ ctx, wanted, running: started.running, progress }, visit);
    visit.misfit ??= await started.running.checkAlive(false);
    if (visit.misfit) visit.notes.push(...logNote(started.running.logTail()));
  } finally {
    const notes = await ctx.supervisor.stop();
    visit.notes.push(...notes);
    // An interrupted visit is not stored, but how its candidate ended must be.
    for (const note of notes) ctx.journal.note("stop", `${wanted.candidate.id}, ${cellName(wanted.knobs)}: ${note}`);
  }
  return visit;
}

/** What a candidate that does not fit said last. Source: contract §4 (its tail goes into the notes). */
const logNote = (tail: string): string[] => (tail === "" ? [] : [`end of its log:\n${tail}`]);

interface Session {
  ctx: RunContext;
  wanted: VisitRequest;
  running: Running;
  progress: (phase: Progress["phase"], detail: string | null, liveTps?: number) => void;
}

/** Warm up, then fire replicates until all are in or one does not fit. */
async function measureVisit(session: Session, visit: Visit): Promise<Misfit | null> {
  const cold = await warmUp(session);
  if (cold) return cold;
  let repeats = 0;
  for (let index = 0; index < session.wanted.replicates;) {
    const replicate = await fireReplicate(session, index, repeats, visit);
    visit.replicates.push(replicate);
    if (replicate.state === "misfit") return replicate.misfit;
    if (replicate.state === "ok") {
      index += 1;
      repeats = 0;
    } else if (repeats === MAX_REPEATS) {
      return { class: "invalid", reason: `${replicate.reason}; repeated ${MAX_REPEATS} times` };
    } else repeats += 1;
  }
  return null;
}

/** Words of the two short prompts that the scale is taken from. */
const WARM_UP_WORDS = [24, 96] as const;
/** Tokens of a warm-up answer: enough to see its speed. */
const WARM_UP_TOKENS = 32;
/** Warmed up when the last answer was not this much faster than the one before. */
const STILL_RISING = 1.03;

/** Short, different prompts: they wake the engine up and tell how long its tokens are. @returns why it failed, or null. */
async function warmUp(session: Session): Promise<Misfit | null> {
  const { ctx, wanted } = session;
  const counted: { words: number; tokens: number }[] = [];
  const rates: number[] = [];
  const needed = wanted.scale.current === null ? WARM_UP_WORDS.length : 1;
  for (let round = 0; round < Math.max(needed, ctx.provider.maxWarmups); round += 1) {
    if (round >= needed && !stillRising(rates)) break;
    session.progress("warm-up", `request ${round + 1}`);
    const words = WARM_UP_WORDS[round % 2] ?? WARM_UP_WORDS[0];
    const prompt = promptText(nonce(ctx.inputs.seed, -1 - round, 0), words);
    const measured = await send(session, prompt, Math.min(WARM_UP_TOKENS, ctx.inputs.maxTokens));
    if (measured.state === "misfit") return { ...measured.misfit, reason: `warm-up: ${measured.misfit.reason}` };
    if (measured.promptTokens !== null) counted.push({ words, tokens: measured.promptTokens });
    if (measured.state === "ok" && measured.sample.decodeTps !== null) rates.push(measured.sample.decodeTps);
  }
  const [a, b] = counted;
  wanted.scale.current ??= a && b ? scaleFrom(a, b) : null;
  return null;
}

function stillRising(rates: number[]): boolean {
  const [before, last] = [rates.at(-2), rates.at(-1)];
  return before === undefined || last === undefined || last > before * STILL_RISING;
}

/** Fire the streams of one replicate together and judge what came. */
async function fireReplicate(session: Session, index: number, repeat: number, visit: Visit): Promise<Replicate> {
  const { ctx, wanted } = session;
  const scale = wanted.scale.current ?? UNSCALED;
  const words = wordsFor(scale, ctx.inputs.targetContext);
  const startedAtMs = ctx.clock.nowMs();
  session.progress(
    "prefilling",
    `replicate ${index + 1} of ${wanted.replicates}${repeat > 0 ? `, repeat ${repeat}` : ""}`,
  );
  const streams = Array.from({ length: streamCount(ctx, wanted.knobs) }, (_, stream) => {
    const number = (index * (MAX_REPEATS + 1) + repeat) * 64 + stream;
    return send(session, promptText(nonce(ctx.inputs.seed, wanted.nonceSet, number), words), ctx.inputs.maxTokens);
  });
  const measured = await settleAll(streams);
  visit.promptTokens = measured.find((one) => one.promptTokens !== null)?.promptTokens ?? visit.promptTokens;
  return judge(measured, startedAtMs, {
    words,
    scale,
    targetContext: ctx.inputs.targetContext,
    lastTry: repeat === MAX_REPEATS,
    wanted,
  });
}

/** Streams at once: as many as the cell batches, or one with `--batch-load single`. */
export function streamCount(ctx: Pick<RunContext, "inputs">, knobs: Knobs): number {
  return ctx.inputs.batchLoad === "single" ? 1 : (knobs.max_concurrency_override ?? 1);
}

/** Wait for all before anything is thrown, so that no request outlives its replicate. */
async function settleAll(streams: Promise<Measured>[]): Promise<Measured[]> {
  const settled = await Promise.allSettled(streams);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason as Error;
    return one.value;
  });
}

interface Judgement {
  words: number;
  scale: PromptScale;
  targetContext: number;
  lastTry: boolean;
  wanted: VisitRequest;
}

function judge(measured: Measured[], startedAtMs: number, by: Judgement): Replicate {
  const ok = measured.filter((one) => one.state === "ok");
  const requests = ok.map((one) => one.sample);
  const misfit = measured.find((one) => one.state === "misfit");
  if (misfit) return { state: "misfit", startedAtMs, misfit: misfit.misfit, requests };
  const invalid = measured.find((one) => one.state === "invalid");
  if (invalid) return { state: "invalid", startedAtMs, reason: invalid.reason, requests };
  for (const sample of requests) {
    const length = wrongLength(sample.promptTokens, by);
    if (length && "class" in length) return { state: "misfit", startedAtMs, misfit: length, requests };
    const reason = length?.reason ?? tooMuchCached(sample);
    if (reason) return { state: "invalid", startedAtMs, reason, requests };
  }
  return aggregateReplicate(startedAtMs, ok);
}

/** Beyond 1 % the scale is corrected and the replicate repeated; beyond 2 % on the last try it is a misfit. */
function wrongLength(tokens: number, by: Judgement): Misfit | { reason: string } | null {
  if (withinTarget(tokens, by.targetContext, 0.01, by.scale)) return null;
  const misfit = contextMisfit(tokens, by.targetContext, by.scale);
  if (by.lastTry) return misfit;
  by.wanted.scale.current = correctScale(by.scale, by.words, tokens);
  return { reason: `the prompt had ${tokens} tokens, target ${by.targetContext} ± 1 %: scaled anew` };
}

function send(session: Session, prompt: string, maxTokens: number): Promise<Measured> {
  const { ctx, wanted, running, progress } = session;
  return measureRequest(
    {
      running,
      model: ctx.provider.requestModel(wanted.candidate.id),
      prompt,
      maxTokens,
      gateMs: ctx.inputs.gateTtftMs,
      stopTokens: wanted.weights?.stopTokens ?? [],
      isLoadFailure: (status, body) => ctx.provider.isLoadFailure(status, body),
      onPrefill: (text) => progress("prefilling", text),
      onOutput: (chunks, sinceFirstMs) =>
        progress(
          "decoding",
          `token ${chunks} of ${maxTokens}`,
          sinceFirstMs > 0 ? ((chunks - 1) / sinceFirstMs) * 1000 : undefined,
        ),
    },
    ctx.clock,
    ctx.signal,
  );
}

function progressWriter(ctx: RunContext, wanted: VisitRequest): Session["progress"] {
  return (phase, detail, liveTps) =>
    ctx.report({
      ...wanted.progress,
      phase,
      stage: wanted.stage,
      candidate: wanted.candidate.id,
      cell: cellName(wanted.knobs),
      detail,
      liveTps: liveTps ?? null,
    });
}

function integrityFailure(model: string, reason: string): AutotuneError {
  return new AutotuneError("pre_warm_integrity_failure", `${model}: ${reason}`, {
    remedy: "Delete the model from the cache and download it again.",
  });
}
