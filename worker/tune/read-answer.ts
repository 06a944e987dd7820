// Reads one answer of a server, streamed or not: arrival times are taken before parsing, everything that is read is bounded, and
// whatever is wrong becomes a reason. Source: contract §7 and §8. What a body says that is no stream: core/measure/no-stream.ts.
import type { IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";
import type { Clock } from "../context.ts";
import { errorBodyText, snippet } from "../core/measure/error-body.ts";
import { errorText } from "../core/errors.ts";
import { httpReason } from "../core/measure/http-words.ts";
import type { Misfit } from "../core/measure/measurement.ts";
import { noStream } from "../core/measure/no-stream.ts";
import { acceptEvent, type StreamState } from "../core/measure/stream.ts";

/** What is asked of an answer, and who is told of it. */
export interface AnswerRules {
  maxTokens: number;
  isLoadFailure(status: number, body: string): boolean;
  /** Called per chunk of output with tokens so far, or with the provider's own words on prefill. */
  onOutput(chunks: number, sinceFirstMs: number): void;
  onPrefill(text: string): void;
}

/** How an answer failed; `unsaid` if the server did not say why, so that only its log may tell. */
export interface Failure extends Misfit {
  unsaid?: boolean;
}

/** At most 64 KB of an error body are read. */
const ERROR_BODY_BYTES = 65_536;

/** @returns what an answer other than 200 says; it never throws */
export async function readError(response: IncomingMessage, wanted: AnswerRules): Promise<Failure> {
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
  const words = [errorBodyText(body) || "empty body", redirectText(status, response)].join("");
  return { class: "request_failed", reason: httpReason(status, words), unsaid: body.trim() === "" };
}

function redirectText(status: number, { headers }: IncomingMessage): string {
  const to = headers.location;
  return status >= 300 && status < 400 && to !== undefined ? `; it redirects to ${snippet(to)}` : "";
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
  finish: (failure: Failure | null) => void,
): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let arrivedAtMs = 0;
  let misfit: Misfit | null = null;
  let bytes = 0;
  let lineBytes = 0;
  let head = "";
  const parser = createParser({
    onEvent: (event) => (misfit ??= takeEvent(stream(), event, arrivedAtMs, wanted, onChunk)),
    onComment: (comment) => wanted.onPrefill(snippet(comment)),
    // llama-server once wrote its errors as a field of their own name.
    onError: ({ field, value }) => {
      if (field === "error") misfit ??= acceptEvent(stream(), value ?? "", arrivedAtMs, "error");
    },
  });
  response.on("data", (part: Buffer) => {
    arrivedAtMs = clock.nowMs();
    bytes += part.length;
    const newline = part.lastIndexOf(10);
    lineBytes = newline === -1 ? lineBytes + part.length : part.length - newline - 1;
    misfit ??= tooLong(bytes, lineBytes, wanted.maxTokens);
    if (!stream().begun && head.length < ERROR_BODY_BYTES) head += part.toString("utf8");
    if (!misfit) misfit = feed(parser, decoder, part) ?? misfit;
    if (misfit || stream().done) finish(misfit);
  });
  response.on("end", () => {
    // A server may close right after its last line, without the blank line that ends an event; half a line is none.
    if (misfit === null) parser.feed("\n\n");
    if (misfit?.class === "bad_response") misfit = null;
    finish(stream().done ? null : ended(stream(), misfit, head));
  });
  response.on("error", (error) =>
    finish({ class: "request_failed", reason: `the stream broke off: ${errorText(error)}`, unsaid: true }),
  );
}

function takeEvent(
  stream: StreamState,
  { data, event }: { data: string; event?: string | undefined },
  atMs: number,
  wanted: AnswerRules,
  onChunk: () => void,
): Misfit | null {
  const before = stream.outputTimesMs.length;
  const misfit = acceptEvent(stream, data, atMs, event);
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
function ended(stream: StreamState, misfit: Misfit | null, head: string): Failure | null {
  if (misfit !== null) return misfit;
  if (stream.completionTokens !== null || stream.generatedTokens !== null) return null;
  if (!stream.begun) return noStream(head);
  return {
    class: "request_failed",
    reason: `the stream was cut off after ${stream.outputTimesMs.length} chunks, without [DONE]${stream.said === null ? "" : `: ${stream.said}`}`,
    unsaid: stream.said === null,
  };
}
