// One replicate: as many streams as the cell batches, fired together, and what their answers come to.
// Source: contract §7 (length of the prompt), §8 (invalid replicates).
import type { RunContext } from "../context.ts";
import { aggregateReplicate, contextMisfit, tooMuchCached } from "../core/measure/feasibility.ts";
import type { Knobs } from "../core/knobs.ts";
import type { Misfit, Replicate, Visit } from "../core/measure/measurement.ts";
import {
  correctScale,
  nonce,
  promptText,
  requestNumber,
  UNSCALED,
  withinTarget,
  wordsFor,
  type PromptScale,
} from "../core/measure/prompt.ts";
import type { Measured } from "./measure.ts";
import { send, type VisitRequest, type VisitSession } from "./visit-session.ts";
import { settleAll } from "./settle-all.ts";

/** Repeats of an invalid replicate. Source: contract §8. */
export const MAX_REPEATS = 2;

/** Fire the streams of one replicate together and judge what came. */
export async function fireReplicate(
  session: VisitSession,
  index: number,
  repeat: number,
  visit: Visit,
): Promise<Replicate> {
  const { ctx, wanted } = session;
  const scale = wanted.scale.current ?? UNSCALED;
  const words = wordsFor(scale, ctx.inputs.targetContext);
  const startedAtMs = ctx.clock.nowMs();
  session.progress(
    "prefilling",
    `replicate ${index + 1} of ${wanted.replicates}${repeat > 0 ? `, repeat ${repeat}` : ""}`,
  );
  const streams = Array.from({ length: streamCount(ctx, wanted.knobs) }, (_, stream) => {
    const number = requestNumber(index * (MAX_REPEATS + 1) + repeat, stream);
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
function streamCount(ctx: Pick<RunContext, "inputs">, knobs: Knobs): number {
  return ctx.inputs.batchLoad === "single" ? 1 : (knobs.max_concurrency_override ?? 1);
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
    const reason = length?.reason ?? tooMuchCached(sample, by.scale);
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
