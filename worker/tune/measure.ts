// One timed request over real HTTP: from the first byte written to the figures or the reason why there are none.
// Source: contract §7 (gate) and §8. How an answer is read: read-answer.ts.
import { request as httpRequest, type ClientRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock, Running } from "../context.ts";
import { errorText } from "../core/errors.ts";
import { gateMisfit, SLEEP_MS, stopTokenMisfit } from "../core/measure/feasibility.ts";
import type { Misfit } from "../core/measure/measurement.ts";
import type { RequestSample } from "../core/measure/timed-request.ts";
import { startStream, streamSample, type StreamState } from "../core/measure/stream.ts";
import { readError, readStream, type AnswerRules, type Failure } from "./read-answer.ts";
import { startPatience, type PatienceLimits } from "./request-patience.ts";

export interface MeasureRequest extends AnswerRules, PatienceLimits {
  /** `baseUrl` may have a path; /v1/chat/completions is put after it. */
  running: Pick<Running, "baseUrl" | "ended" | "checkAlive"> & Partial<Pick<Running, "logMark" | "failureSince">>;
  /** Sent beside the usual ones. */
  headers?: Record<string, string>;
  /** Value of "model" in the body. */
  model: string;
  prompt: string;
  stopTokens: string[];
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
  const logMark = wanted.running.logMark?.() ?? 0;
  const outcome = await exchange(wanted, logMark, clock, signal);
  const { stream } = outcome;
  const base = { startedAtMs: stream.startedAtMs, promptTokens: stream.promptTokens, status: outcome.status };
  if (outcome.misfit) return { ...base, state: "misfit", misfit: await provenCause(wanted, outcome.misfit, logMark) };
  const slept = Date.parse(clock.utc()) - wallBefore - (clock.nowMs() - stream.startedAtMs);
  if (slept > SLEEP_MS)
    return { ...base, state: "invalid", reason: `the machine slept for ${Math.round(slept / 1000)} s` };
  const figures = streamSample(stream, wanted.maxTokens);
  if ("invalid" in figures) return { ...base, state: "invalid", reason: figures.invalid };
  const misfit = "misfit" in figures ? figures.misfit : stopTokenMisfit(stream.text, wanted.stopTokens);
  if (misfit) return { ...base, state: "misfit", misfit };
  const { sample } = figures as { sample: RequestSample };
  if (sample.ttftMs > wanted.gateMs)
    return { ...base, state: "misfit", misfit: wanted.tooLate ?? gateMisfit(sample.ttftMs, wanted.gateMs) };
  return {
    ...base,
    state: "ok",
    sample,
    chunkTimesMs: stream.outputTimesMs.map((at) => at - stream.startedAtMs),
    fingerprint: stream.fingerprint,
  };
}

/** The end of the process or of its generation goes before what the request saw of it; an unsaid failure is looked for in the log. */
async function provenCause({ running }: MeasureRequest, failure: Failure, logMark: number): Promise<Misfit> {
  const { class: seen, reason, unsaid } = failure;
  const dead = await running.checkAlive(true);
  if (dead) return dead;
  const logged = unsaid === true ? (running.failureSince?.(logMark) ?? null) : null;
  if (logged === null) return { class: seen, reason };
  const known = logged.misfit.class === "out_of_memory" ? logged.misfit.class : seen;
  return { class: known, reason: `${reason}: ${logged.misfit.reason}` };
}

interface Exchange {
  stream: StreamState;
  misfit: Failure | null;
  /** HTTP status; null if no answer came. */
  status: number | null;
}

/** Run one HTTP exchange to its end, its first misfit, or the abort. */
function exchange(wanted: MeasureRequest, logMark: number, clock: Clock, signal: AbortSignal): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let stream = startStream(clock.nowMs());
    let settled = false;
    let asked = false;
    let status: number | null = null;
    const finish = (misfit: Failure | null) => settle(() => resolve({ stream, misfit, status }));
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      patience.stop();
      signal.removeEventListener("abort", onAbort);
      wanted.running.ended.removeEventListener("abort", onEnded);
      request.destroy();
      act();
    };
    const onAbort = () => settle(() => reject(signal.reason as Error));
    const onEnded = () =>
      finish({ class: "died", reason: `the provider ended: ${errorText(wanted.running.ended.reason)}` });
    const patience = startPatience(wanted, () => wanted.running.failureSince?.(logMark) ?? null, finish);
    const goOn = () => patience.goOn(stream.outputTimesMs.length);
    const request = open(wanted);
    signal.addEventListener("abort", onAbort);
    wanted.running.ended.addEventListener("abort", onEnded);
    if (wanted.running.ended.aborted) onEnded();
    const body = requestBody(wanted);
    request.on("socket", (socket) =>
      socket.once(isSecure(wanted) ? "secureConnect" : "connect", () => {
        stream = startStream(clock.nowMs());
        asked = true;
        goOn();
        request.end(body);
      }),
    );
    request.on("error", (error) =>
      finish({ class: "request_failed", reason: `connection failed: ${connectionText(error, asked)}`, unsaid: true }),
    );
    request.on("response", (response) => {
      status = response.statusCode ?? null;
      if (response.statusCode !== 200) void readError(response, wanted).then(finish);
      else readStream(response, wanted, () => stream, clock, goOn, finish);
    });
  });
}

function connectionText(error: Error, asked: boolean): string {
  const { code } = error as NodeJS.ErrnoException;
  const closed = asked && (code === "ECONNRESET" || code === "EPIPE");
  return closed ? `it was closed without an answer (${errorText(error)})` : errorText(error);
}

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
