// One timed request over real HTTP: arrival times are taken before parsing, everything that is read is bounded, and whatever
// a server answers becomes a sample or a reason. Source: contract §7 (gate) and §8.
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createParser } from "eventsource-parser";
import type { Clock, Running } from "./context.ts";
import { errorBodyText, snippet } from "./core/error-body.ts";
import { errorText } from "./core/errors.ts";
import { gateMisfit, SLEEP_MS, stopTokenMisfit } from "./core/feasibility.ts";
import type { Misfit, RequestSample } from "./core/measurement.ts";
import { acceptEvent, startStream, streamSample, type StreamState } from "./core/stream.ts";

export interface MeasureRequest {
  /** `baseUrl` may have a path; /v1/chat/completions is put after it. */
  running: Pick<Running, "baseUrl" | "ended" | "checkAlive">;
  /** Sent beside the usual ones. */
  headers?: Record<string, string>;
  /** Value of "model" in the body. */
  model: string;
  prompt: string;
  maxTokens: number;
  /** TTFT limit, ms. */
  gateMs: number;
  /** Longest silence after the first token, ms; the gate if left out. */
  silenceMs?: number;
  stopTokens: string[];
  isLoadFailure(status: number, body: string): boolean;
  /** Called per chunk of output with tokens so far, or with the provider's own words on prefill. */
  onOutput(chunks: number, sinceFirstMs: number): void;
  onPrefill(text: string): void;
}

/** Every variant carries the start; promptTokens is what the provider counted, if it did, and status what HTTP answered, if it did. */
export type Measured = { startedAtMs: number; promptTokens: number | null; status: number | null } & (
  | { state: "ok"; sample: RequestSample; chunkTimesMs: number[]; fingerprint: string | null }
  | { state: "invalid"; reason: string }
  | { state: "misfit"; misfit: Misfit }
);

/**
 * Send one streamed completion and time it.
 * @throws only the reason of `signal` when that aborts; every failure of the server is a value.
 */
export async function measureRequest(wanted: MeasureRequest, clock: Clock, signal: AbortSignal): Promise<Measured> {
  signal.throwIfAborted();
  const wallBefore = Date.parse(clock.utc());
  const outcome = await exchange(wanted, clock, signal);
  const { stream } = outcome;
  const base = { startedAtMs: stream.startedAtMs, promptTokens: stream.promptTokens, status: outcome.status };
  if (outcome.misfit)
    return { ...base, state: "misfit", misfit: (await wanted.running.checkAlive(true)) ?? outcome.misfit };
  const slept = Date.parse(clock.utc()) - wallBefore - (clock.nowMs() - stream.startedAtMs);
  if (slept > SLEEP_MS)
    return { ...base, state: "invalid", reason: `the machine slept for ${Math.round(slept / 1000)} s` };
  const figures = streamSample(stream, wanted.maxTokens);
  if ("invalid" in figures) return { ...base, state: "invalid", reason: figures.invalid };
  const misfit = "misfit" in figures ? figures.misfit : stopTokenMisfit(stream.text, wanted.stopTokens);
  if (misfit) return { ...base, state: "misfit", misfit };
  const { sample } = figures as { sample: RequestSample };
  if (sample.ttftMs > wanted.gateMs)
    return { ...base, state: "misfit", misfit: gateMisfit(sample.ttftMs, wanted.gateMs) };
  return {
    ...base,
    state: "ok",
    sample,
    chunkTimesMs: stream.outputTimesMs.map((at) => at - stream.startedAtMs),
    fingerprint: stream.fingerprint,
  };
}

interface Exchange {
  stream: StreamState;
  misfit: Misfit | null;
  /** HTTP status; null if no answer came. */
  status: number | null;
}

/** Run one HTTP exchange to its end, its first misfit, or the abort. */
function exchange(wanted: MeasureRequest, clock: Clock, signal: AbortSignal): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let stream = startStream(clock.nowMs());
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    let status: number | null = null;
    const finish = (misfit: Misfit | null) => settle(() => resolve({ stream, misfit, status }));
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      wanted.running.ended.removeEventListener("abort", onEnded);
      request.destroy();
      act();
    };
    const onAbort = () => settle(() => reject(signal.reason as Error));
    const onEnded = () =>
      finish({ class: "died", reason: `the provider ended: ${errorText(wanted.running.ended.reason)}` });
    const watchSilence = () => {
      clearTimeout(timer);
      const limitMs = stream.outputTimesMs.length === 0 ? wanted.gateMs : (wanted.silenceMs ?? wanted.gateMs);
      timer = setTimeout(() => finish(silence(stream, limitMs)), limitMs);
    };
    timer = setTimeout(() => finish(NO_CONNECTION), CONNECT_MS);
    const request = open(wanted);
    signal.addEventListener("abort", onAbort);
    wanted.running.ended.addEventListener("abort", onEnded);
    if (wanted.running.ended.aborted) onEnded();
    const body = requestBody(wanted);
    request.on("socket", (socket) =>
      socket.once(isSecure(wanted) ? "secureConnect" : "connect", () => {
        stream = startStream(clock.nowMs());
        watchSilence();
        request.end(body);
      }),
    );
    request.on("error", (error) =>
      finish({ class: "request_failed", reason: `connection failed: ${errorText(error)}` }),
    );
    request.on("response", (response) => {
      status = response.statusCode ?? null;
      if (response.statusCode !== 200) void readError(response, wanted).then(finish);
      else readStream(response, wanted, () => stream, clock, watchSilence, finish);
    });
  });
}

/** A host that answers nothing must not hold a request up for as long as the system tries. */
const CONNECT_MS = 15_000;
const NO_CONNECTION: Misfit = { class: "request_failed", reason: `no connection within ${CONNECT_MS / 1000} s` };

const isSecure = ({ running }: MeasureRequest): boolean => running.baseUrl.startsWith("https:");

function open(wanted: MeasureRequest): ClientRequest {
  const send = isSecure(wanted) ? httpsRequest : httpRequest;
  return send(`${wanted.running.baseUrl.replace(/\/+$/, "")}/v1/chat/completions`, {
    method: "POST",
    agent: false,
    headers: {
      ...wanted.headers,
      "content-type": "application/json",
      accept: "text/event-stream",
      "content-length": Buffer.byteLength(requestBody(wanted)),
    },
  });
}

function requestBody(wanted: MeasureRequest): string {
  return JSON.stringify({
    model: wanted.model,
    messages: [{ role: "user", content: wanted.prompt }],
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    max_tokens: wanted.maxTokens,
  });
}

function silence(stream: StreamState, gateMs: number): Misfit {
  const chunks = stream.outputTimesMs.length;
  if (chunks === 0) return gateMisfit(null, gateMs);
  return { class: "request_failed", reason: `the stream stalled: nothing for ${gateMs} ms after ${chunks} chunks` };
}

/** At most 64 KB of an error body are read. */
const ERROR_BODY_BYTES = 65_536;

async function readError(response: IncomingMessage, wanted: MeasureRequest): Promise<Misfit> {
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

function readStream(
  response: IncomingMessage,
  wanted: MeasureRequest,
  stream: () => StreamState,
  clock: Clock,
  watchSilence: () => void,
  finish: (misfit: Misfit | null) => void,
): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let arrivedAtMs = 0;
  let misfit: Misfit | null = null;
  let bytes = 0;
  let lineBytes = 0;
  const parser = createParser({
    onEvent: (event) => (misfit ??= takeEvent(stream(), event.data, arrivedAtMs, wanted, watchSilence)),
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
  wanted: MeasureRequest,
  watchSilence: () => void,
): Misfit | null {
  const before = stream.outputTimesMs.length;
  const misfit = acceptEvent(stream, data, atMs);
  if (misfit) return misfit;
  const chunks = stream.outputTimesMs.length;
  if (chunks === before) return null;
  watchSilence();
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
