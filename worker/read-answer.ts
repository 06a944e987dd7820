// Reads one answer of a server, streamed or not: arrival times are taken before parsing, everything that is read is bounded, and
// whatever is wrong becomes a reason. Source: contract §7 and §8.
import type { IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";
import type { Clock } from "./context.ts";
import { errorBodyText, snippet } from "./core/error-body.ts";
import { errorText } from "./core/errors.ts";
import type { Misfit } from "./core/measurement.ts";
import { acceptEvent, type StreamState } from "./core/stream.ts";

/** What is asked of an answer, and who is told of it. */
export interface AnswerRules {
  maxTokens: number;
  isLoadFailure(status: number, body: string): boolean;
  /** Called per chunk of output with tokens so far, or with the provider's own words on prefill. */
  onOutput(chunks: number, sinceFirstMs: number): void;
  onPrefill(text: string): void;
}

/** At most 64 KB of an error body are read. */
const ERROR_BODY_BYTES = 65_536;

/** @returns what an answer other than 200 says; it never throws */
export async function readError(response: IncomingMessage, wanted: AnswerRules): Promise<Misfit> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes > ERROR_BODY_BYTES) break;
    }
  } catch (error) {
    parts.push(Buffer.from(` (${errorText(error)})`));
  }
  const status = response.statusCode ?? 0;
  const body = Buffer.concat(parts).subarray(0, ERROR_BODY_BYTES).toString("utf8");
  if (wanted.isLoadFailure(status, body))
    return { class: "load_failed", reason: `the model is not loaded: HTTP ${status} ${errorBodyText(body)}` };
  return { class: "request_failed", reason: `HTTP ${status}: ${errorBodyText(body) || "empty body"}` };
}

/** A line longer than this is no chunk of ours. */
const LINE_BYTES = 1_048_576;

/** Whole answer: room for 4 KB per token beside 4 MB. */
const bodyLimit = (maxTokens: number): number => 4_194_304 + maxTokens * 4096;

/**
 * Feed a streamed answer into `stream` as it arrives.
 * @param stream the state of this moment: it begins anew when the connection stands
 * @param onChunk told after every chunk with output
 * @param finish told at the end, at [DONE] (null), and of the first misfit; maybe more than once
 */
export function readStream(
  response: IncomingMessage,
  wanted: AnswerRules,
  stream: () => StreamState,
  clock: Clock,
  onChunk: () => void,
  finish: (misfit: Misfit | null) => void,
): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let arrivedAtMs = 0;
  let misfit: Misfit | null = null;
  let bytes = 0;
  let lineBytes = 0;
  const parser = createParser({
    onEvent: (event) => (misfit ??= takeEvent(stream(), event.data, arrivedAtMs, wanted, onChunk)),
    onComment: (comment) => wanted.onPrefill(snippet(comment)),
  });
  response.on("data", (part: Buffer) => {
    arrivedAtMs = clock.nowMs();
    bytes += part.length;
    const newline = part.lastIndexOf(10);
    lineBytes = newline === -1 ? lineBytes + part.length : part.length - newline - 1;
    misfit ??= tooLong(bytes, lineBytes, wanted.maxTokens);
    if (!misfit) misfit = feed(parser, decoder, part) ?? misfit;
    if (misfit || stream().done) finish(misfit);
  });
  response.on("end", () => finish(misfit ?? unfinished(stream())));
  response.on("error", (error) =>
    finish({ class: "request_failed", reason: `the stream broke off: ${errorText(error)}` }),
  );
}

function takeEvent(
  stream: StreamState,
  data: string,
  atMs: number,
  wanted: AnswerRules,
  onChunk: () => void,
): Misfit | null {
  const before = stream.outputTimesMs.length;
  const misfit = acceptEvent(stream, data, atMs);
  if (misfit) return misfit;
  const chunks = stream.outputTimesMs.length;
  if (chunks === before) return null;
  onChunk();
  wanted.onOutput(chunks, atMs - (stream.outputTimesMs[0] ?? atMs));
  // Reasoning servers may exceed max_tokens a little; four times is a stream that does not end.
  const limit = wanted.maxTokens * 4 + 64;
  return chunks > limit
    ? { class: "bad_response", reason: `the stream does not end: ${chunks} chunks for max_tokens ${wanted.maxTokens}` }
    : null;
}

function feed(
  parser: { feed(text: string): void },
  decoder: InstanceType<typeof TextDecoder>,
  part: Buffer,
): Misfit | null {
  let text: string;
  try {
    text = decoder.decode(part, { stream: true });
  } catch (error) {
    return { class: "bad_response", reason: `the stream is not UTF-8 (${errorText(error)})` };
  }
  parser.feed(text);
  return null;
}

function tooLong(bytes: number, lineBytes: number, maxTokens: number): Misfit | null {
  if (lineBytes > LINE_BYTES)
    return { class: "bad_response", reason: `a line of the stream is longer than ${LINE_BYTES} bytes` };
  const limit = bodyLimit(maxTokens);
  return bytes > limit ? { class: "bad_response", reason: `the answer is longer than ${limit} bytes` } : null;
}

/** A stream may end without [DONE] if its usage came; without both, it was cut off. */
function unfinished(stream: StreamState): Misfit | null {
  if (stream.done || stream.completionTokens !== null || stream.generatedTokens !== null) return null;
  if (stream.lastChunkAtMs === stream.startedAtMs)
    return { class: "bad_response", reason: "the answer is not an event stream" };
  return {
    class: "request_failed",
    reason: `the stream was cut off after ${stream.outputTimesMs.length} chunks, without [DONE]`,
  };
}
