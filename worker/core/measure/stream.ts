// What a streamed completion comes to: arrival times of its chunks become TTFT, decode and prefill rates. Pure.
// Source: contract §8. First output = first non-empty content, reasoning or tool text; role deltas are none. Chunks: stream-chunk.ts.
import type { FailureClass, Misfit } from "./measurement.ts";
import type { RequestSample } from "./timed-request.ts";
import { readEvent, type Chunk } from "./stream-chunk.ts";

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
  /** Why the server says that the answer ended; null until it says so. */
  finishReason: string | null;
  /** The last text that came in the place of a chunk; null if none did. */
  said: string | null;
  /** Whether anything came that belongs to an answer. */
  begun: boolean;
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
    finishReason: null,
    said: null,
    begun: false,
    done: false,
  };
}

/**
 * Take in the data of one server-sent event; changes `state` (a stream has thousands of chunks).
 * @param atMs arrival of the bytes that carried it, monotonic ms.
 * @param type of the event, where it has one of its own
 * @returns a misfit that ends the request, or null.
 */
export function acceptEvent(state: StreamState, data: string, atMs: number, type?: string): Misfit | null {
  if (data.trim() === "[DONE]") {
    state.done = true;
    return null;
  }
  const event = readEvent(data, type);
  if (event.kind === "misfit") return event.misfit;
  if (event.kind === "said") state.said = event.text;
  if (event.kind !== "chunk") return null;
  takeChunk(state, event.chunk, atMs);
  if (state.finishReason !== "error") return null;
  return misfit(
    "request_failed",
    `the server ended the answer with an error${state.said === null ? "" : `: ${state.said}`}`,
  );
}

function takeChunk(state: StreamState, chunk: Chunk, atMs: number): void {
  state.begun = true;
  state.lastChunkAtMs = atMs;
  if (chunk.output !== "") {
    state.outputTimesMs.push(atMs);
    state.text += chunk.output;
  }
  state.finishReason = chunk.finishReason ?? state.finishReason;
  state.fingerprint = chunk.fingerprint ?? state.fingerprint;
  const { usage } = chunk;
  if (usage === null) return;
  state.promptTokens = usage.promptTokens ?? state.promptTokens;
  state.completionTokens = usage.completionTokens ?? state.completionTokens;
  state.generatedTokens = usage.generatedTokens ?? state.generatedTokens;
  state.cachedTokens = usage.cachedTokens ?? state.cachedTokens;
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
  if (first === undefined || last === undefined) return { misfit: misfit("empty_output", noText(state)) };
  const tokens = generatedTokens(state);
  if (state.promptTokens === null || tokens === null) return { invalid: "the answer carried no usage" };
  const wanted = Math.min(MIN_TOKENS, maxTokens);
  if (tokens < wanted) return { invalid: tooFew(state, tokens, wanted) };
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
    prefillTps: (prefilledTokens(state.promptTokens, state.cachedTokens) / ttftMs) * 1000,
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

/**
 * The prompt's tokens, as the contract has it. Where more than a few came from a cache (a long template), those were not computed; a
 * server that counts them apart says more of them than of the prompt.
 */
function prefilledTokens(promptTokens: number, cachedTokens: number): number {
  const isFew = cachedTokens <= Math.max(64, promptTokens * 0.02);
  return isFew || cachedTokens >= promptTokens ? promptTokens : promptTokens - cachedTokens;
}

/** A count without text is work that is not shown: thoughts that the server keeps back. */
function noText(state: StreamState): string {
  const tokens = generatedTokens(state) ?? 0;
  if (tokens === 0) return "the answer had no text (at least one token wanted)";
  return `the answer had no text though ${tokens} tokens were generated: the server keeps the model's thoughts back; turn thinking off, or give a larger --max-tokens`;
}

function tooFew({ finishReason }: StreamState, tokens: number, wanted: number): string {
  const why = finishReason === null ? "" : `, finish reason "${finishReason}"`;
  return `only ${tokens} tokens came (at least ${wanted} wanted): the model ended its answer early${why}; --max-tokens ${Math.max(1, tokens)} judges it by so few`;
}

function misfit(failure: FailureClass, reason: string): Misfit {
  return { class: failure, reason };
}
