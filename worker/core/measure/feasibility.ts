// When a request or a replicate fits, with the measured value and the limit in every reason. Pure.
// Source: contract §7 (feasible) and §8 (valid).
import { inText, isPositive } from "./figure.ts";
import { figuresOf, type ReplicateValues } from "./figure-lists.ts";
import type { Misfit, Replicate } from "./measurement.ts";
import type { RequestSample, TimedRequest } from "./timed-request.ts";
import { withinTarget, type PromptScale } from "./prompt.ts";

/** Known end tokens; the model's own come on top. Source: contract §7. */
const STOP_TOKENS = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "</s>"];

export function gateMisfit(ttftMs: number | null, gateMs: number): Misfit {
  const measured = ttftMs === null ? `> ${gateMs} ms (aborted at the gate)` : `${Math.round(ttftMs)} ms`;
  return { class: "ttft_gate", reason: `TTFT ${measured}, gate ${gateMs} ms` };
}

/** @returns the leaked stop token as a misfit, or null. */
export function stopTokenMisfit(text: string, ownStopTokens: string[]): Misfit | null {
  const leaked = [...STOP_TOKENS, ...ownStopTokens].find((token) => token !== "" && text.includes(token));
  return leaked === undefined ? null : { class: "stop_token", reason: `stop token ${leaked} leaked into the text` };
}

/** The prompt must really have had the target length: within 2 %. Source: contract §7. */
export function contextMisfit(promptTokens: number, targetTokens: number, scale: PromptScale): Misfit | null {
  if (withinTarget(promptTokens, targetTokens, 0.02, scale)) return null;
  const cause =
    promptTokens < targetTokens ? "the provider seems to truncate prompts" : tooLongText(targetTokens, scale);
  return {
    class: "wrong_context",
    reason: `the prompt had ${promptTokens} tokens, target ${targetTokens} ± 2 %: ${cause}`,
  };
}

function tooLongText(targetTokens: number, { templateTokens = 0 }: PromptScale): string {
  return templateTokens > targetTokens
    ? `the model's chat template alone takes ${templateTokens}`
    : "it could not be scaled";
}

/**
 * More cached prompt tokens than this make a replicate invalid: max(64, 2 %), or what all requests of the model begin with, which
 * is no part of the prompt: some chat templates put hundreds of tokens in front. Source: contract §8.
 */
export function tooMuchCached(sample: RequestSample, { templateTokens = 0 }: Partial<PromptScale> = {}): string | null {
  const limit = Math.max(64, Math.floor(sample.promptTokens * 0.02), templateTokens);
  return sample.cachedTokens > limit
    ? `${sample.cachedTokens} prompt tokens came from a cache (at most ${limit})`
    : null;
}

/** The machine slept if the wall clock ran ahead of the monotonic one by more than this, ms. */
export const SLEEP_MS = 2000;

/**
 * Aggregate the concurrent requests of one replicate: every figure that the table tells from one.
 * @param runs n ≥ 1
 * Source: contract §8.
 */
export function aggregateReplicate(startedAtMs: number, runs: readonly TimedRequest[]): Replicate {
  const requests = runs.map((run) => run.sample);
  const told = figuresOf("replicate").map((figure) => ({ figure, value: figure.replicate.of(runs) }));
  const bad = told.find(({ figure, value }) => !figure.replicate.nullable && !isPositive(value));
  if (bad) {
    const reason = `${inText(bad.figure.short)} is not a positive number (${bad.value})`;
    return { state: "invalid", startedAtMs, reason, requests };
  }
  const values = Object.fromEntries(
    told.map(({ figure, value }) => [figure.replicate.field, value]),
  ) as ReplicateValues;
  return { state: "ok", startedAtMs, ...values, requests, chunkTimesMs: runs.map((run) => run.chunkTimesMs) };
}
