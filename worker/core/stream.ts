// What one streamed completion says: parses its chunks and turns arrival times into TTFT, decode and prefill rates. Pure.
// Source: contract §8; chunk shapes of §4. First output = first non-empty content, reasoning or tool text; role deltas are none.
import * as z from "zod";
import { errorValueText, snippet } from "./error-body.ts";
import type { FailureClass, Misfit, RequestSample } from "./measurement.ts";

const count = z.int().nonnegative();
const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count.optional(),
  macprovider_generated_completion_tokens: count.nullish(),
  prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
});
const deltaSchema = z.object({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z
    .array(z.object({ function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish() }))
    .nullish(),
});
const chunkSchema = z.object({
  choices: z
    .array(z.object({ delta: deltaSchema.nullish(), finish_reason: z.string().nullish(), text: z.string().nullish() }))
    .nullish(),
  usage: usageSchema.nullish(),
  error: z.unknown().optional(),
  system_fingerprint: z.string().nullish(),
});

/** What has arrived so far. Times are monotonic ms. */
export interface StreamState {
  readonly startedAtMs: number;
  /** Arrival of each chunk with output, ascending. */
  outputTimesMs: number[];
  lastChunkAtMs: number;
  text: string;
  promptTokens: number | null;
  completionTokens: number | null;
  generatedTokens: number | null;
  cachedTokens: number;
  fingerprint: string | null;
  done: boolean;
}

/** @param startedAtMs when the request was about to be written, monotonic ms. */
export function startStream(startedAtMs: number): StreamState {
  return {
    startedAtMs,
    outputTimesMs: [],
    lastChunkAtMs: startedAtMs,
    text: "",
    promptTokens: null,
    completionTokens: null,
    generatedTokens: null,
    cachedTokens: 0,
    fingerprint: null,
    done: false,
  };
}

/**
 * Take in the data of one server-sent event; changes `state` (a stream has thousands of chunks).
 * @param atMs arrival of the bytes that carried it, monotonic ms.
 * @returns a misfit that ends the request, or null.
 */
export function acceptEvent(state: StreamState, data: string, atMs: number): Misfit | null {
  if (data === "[DONE]") {
    state.done = true;
    return null;
  }
  const chunk = parseChunk(data);
  if ("class" in chunk) return chunk;
  if (chunk.error !== undefined && chunk.error !== null)
    return misfit("request_failed", `error in the stream: ${errorValueText(chunk.error)}`);
  const output = (chunk.choices ?? []).map(outputText).join("");
  state.lastChunkAtMs = atMs;
  if (output !== "") {
    state.outputTimesMs.push(atMs);
    state.text += output;
  }
  if (chunk.usage) takeUsage(state, chunk.usage);
  state.fingerprint = chunk.system_fingerprint ?? state.fingerprint;
  return null;
}

/** Tokens that count as generated: the provider's own count where it gives one (hidden reasoning is work, too). */
export function generatedTokens(state: StreamState): number | null {
  return state.generatedTokens ?? state.completionTokens;
}

/**
 * Turn a finished stream into figures.
 * @returns the sample, or why the replicate is invalid (it may be repeated), or a misfit (it may not).
 */
export function streamSample(
  state: StreamState,
  maxTokens: number,
): { sample: RequestSample } | { invalid: string } | { misfit: Misfit } {
  const first = state.outputTimesMs[0];
  const last = state.outputTimesMs.at(-1);
  if (first === undefined || last === undefined)
    return { misfit: misfit("empty_output", "the answer had no text (at least one token wanted)") };
  const tokens = generatedTokens(state);
  if (state.promptTokens === null || tokens === null) return { invalid: "the answer carried no usage" };
  const wanted = Math.min(MIN_TOKENS, maxTokens);
  if (tokens < wanted) return { invalid: `only ${tokens} tokens came (at least ${wanted} wanted)` };
  if (last <= first && tokens > 1)
    return { invalid: "first and last chunk arrived at the same time: the output was not streamed" };
  const ttftMs = first - state.startedAtMs;
  const sample: RequestSample = {
    ttftMs,
    totalMs: state.lastChunkAtMs - state.startedAtMs,
    promptTokens: state.promptTokens,
    completionTokens: tokens,
    cachedTokens: state.cachedTokens,
    decodeTps: decodeTps(state, first, last),
    prefillTps: (state.promptTokens / ttftMs) * 1000,
  };
  const bad = [sample.ttftMs, sample.totalMs, sample.prefillTps].find((value) => !Number.isFinite(value) || value <= 0);
  if (bad !== undefined) return { invalid: `a figure is not a positive number (${bad})` };
  return { sample };
}

/** Fewer generated tokens than this say little about speed. Source: contract §8. */
export const MIN_TOKENS = 32;

/**
 * (N − n_first) / (t_last − t_first), tokens/s; null if the two coincide. N counts what was streamed, without hidden
 * tokens; n_first is 1 unless the server packs several tokens into a chunk, then the mean of a chunk.
 * Source: contract §8.
 */
function decodeTps(state: StreamState, firstMs: number, lastMs: number): number | null {
  const streamed = state.completionTokens ?? state.generatedTokens ?? 0;
  const perChunk = Math.max(1, Math.round(streamed / state.outputTimesMs.length));
  if (lastMs <= firstMs || streamed <= perChunk) return null;
  return ((streamed - perChunk) / (lastMs - firstMs)) * 1000;
}

function parseChunk(data: string): z.infer<typeof chunkSchema> | Misfit {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return misfit("bad_response", `a chunk is not JSON: ${snippet(data)}`);
  }
  const parsed = chunkSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return misfit(
    "bad_response",
    `a chunk has a wrong ${issue?.path.join(".") || "shape"} (${issue?.message ?? "invalid"}): ${snippet(data)}`,
  );
}

function outputText(choice: {
  delta?: z.infer<typeof deltaSchema> | null | undefined;
  text?: string | null | undefined;
}): string {
  const delta = choice.delta;
  const tools = (delta?.tool_calls ?? []).map(
    (call) => `${call.function?.name ?? ""}${call.function?.arguments ?? ""}`,
  );
  return [delta?.content, delta?.reasoning, delta?.reasoning_content, ...tools, choice.text]
    .map((part) => part ?? "")
    .join("");
}

function takeUsage(state: StreamState, usage: z.infer<typeof usageSchema>): void {
  state.promptTokens = usage.prompt_tokens;
  state.completionTokens = usage.completion_tokens ?? state.completionTokens;
  state.generatedTokens = usage.macprovider_generated_completion_tokens ?? state.generatedTokens;
  state.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
}

function misfit(failure: FailureClass, reason: string): Misfit {
  return { class: failure, reason };
}
