// What servers really send is measured over real HTTP: the same answer in every dialect, and every way to say that there is none.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { measureRequest, type Measured, type MeasureRequest } from "../../worker/tune/measure.ts";
import { systemClock } from "../../worker/platform/machine/clock.ts";

const FOLDER = resolve("tests/fixtures/streams");

type Answer = (response: ServerResponse) => void | Promise<void>;

let server: Server;
let answer: Answer;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on("end", () => void answer(response));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(() => void server.close());

async function ask(given: Answer, wanted: Partial<MeasureRequest> = {}): Promise<Measured> {
  answer = given;
  const { port } = server.address() as AddressInfo;
  const running = {
    baseUrl: `http://127.0.0.1:${port}`,
    ended: new AbortController().signal,
    checkAlive: () => Promise.resolve(null),
  };
  const rules = { maxTokens: 8, isLoadFailure: () => false, onOutput: () => undefined, onPrefill: () => undefined };
  const request = { running, model: "m", prompt: "p", gateMs: 20_000, stopTokens: [], ...rules, ...wanted };
  return measureRequest(request, systemClock, new AbortController().signal);
}

/** Send a recorded stream event by event. */
const play =
  (text: string): Answer =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of text.split(/(?<=\n\r?\n)/)) {
      response.write(part);
      await delay(2);
    }
    response.end();
  };

const plain =
  (status: number, body: string, type = "application/json"): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": type }).end(body);
  };

/** Cached tokens where the server tells of them. */
const CACHED: Record<string, number> = {
  "mlx-lm-0.32.2.sse": 6,
  "rapid-mlx-0.16.sse": 6,
  "llama-server-b10434.sse": 9,
  "lm-studio-0.4.sse": 8,
  "omlx-0.7.sse": 8,
  "usage-in-every-chunk.sse": 8,
};
/** Tokens that the server generated beyond those that it shows. */
const GENERATED: Record<string, number> = { "macprovider-1.8.sse": 40 };

describe("a good answer is measured in every dialect", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".sse"));
  test.each(files)("%s", async (name) => {
    const measured = await ask(play(readFileSync(join(FOLDER, name), "utf8")));
    expect(measured).toMatchObject({
      state: "ok",
      promptTokens: 31,
      status: 200,
      sample: { completionTokens: GENERATED[name] ?? 8, cachedTokens: CACHED[name] ?? 0 },
    });
    expect(measured.state === "ok" ? measured.chunkTimesMs.length : 0).toBeGreaterThanOrEqual(7);
  });
});

const text = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":31,"completion_tokens":8}}\n\n';

describe("a field that is not needed never ends a good answer", () => {
  const good = text("a") + text("b") + USAGE;
  test.each([
    ["a fingerprint that is a number", 'data: {"choices":[],"system_fingerprint":7}\n\n'],
    ["choices that are null", 'data: {"choices":null}\n\n'],
    ["a delta that is a list", 'data: {"choices":[{"delta":["x"]}]}\n\n'],
    ["a finish reason that is an object", 'data: {"choices":[{"delta":{},"finish_reason":{"why":"x"}}]}\n\n'],
    ["tool calls that are an object", 'data: {"choices":[{"delta":{"tool_calls":{"a":1}}}]}\n\n'],
    ["cached tokens that are text", 'data: {"usage":{"prompt_tokens_details":{"cached_tokens":"many"}}}\n\n'],
    ["a usage that is a list", 'data: {"choices":[],"usage":[]}\n\n'],
    ["a usage whose counts are null yet", 'data: {"usage":{"prompt_tokens":null,"completion_tokens":null}}\n\n'],
    [
      "an error that is null, false or empty",
      'data: {"error":null}\n\ndata: {"error":false}\n\ndata: {"error":""}\n\n',
    ],
    ["a heartbeat that is plain text", "data: keepalive\n\n"],
    ["a heartbeat that is a number", "data: 1\n\n"],
    ["an empty event", "data:\n\n"],
    ["an event of a kind of its own", "event: progress\ndata: 50 %\n\n"],
  ])("%s", async (_, odd) => {
    expect(await ask(play(odd + good + odd))).toMatchObject({ state: "ok", sample: { completionTokens: 8 } });
  });
});

test("a last event that no blank line ends is read", async () => {
  const measured = await ask(play(text("a") + text("b") + USAGE.trimEnd()));
  expect(measured).toMatchObject({ state: "ok", sample: { completionTokens: 8 } });
});

describe("an error in any shape is shown in the server's own words", () => {
  const words = "prompt is too long for this context";
  test.each<[string, Answer, RegExp]>([
    [
      "OpenAI",
      plain(400, `{"error":{"message":"${words}","code":"too_long"}}`),
      /^HTTP 400: prompt .*context \(too_long\)$/,
    ],
    ["mlx_lm", plain(404, `{"error": "${words}"}`), /^HTTP 404: prompt is too long for this context$/],
    ["FastAPI text", plain(400, `{"detail":"${words}"}`), /^HTTP 400: prompt is too long for this context$/],
    [
      "FastAPI list",
      plain(
        422,
        '{"detail":[{"type":"greater_than","loc":["body","max_tokens"],"msg":"Input should be greater than 0","input":-5}]}',
      ),
      /^HTTP 422: body\.max_tokens: Input should be greater than 0$/,
    ],
    [
      "vllm-mlx",
      plain(503, `{"detail":{"error":"route_busy","message":"${words}"}}`),
      /^HTTP 503: prompt is too long for this context \(route_busy\)$/,
    ],
    ["plain text", plain(500, words, "text/plain"), /^HTTP 500: prompt is too long for this context$/],
    ["HTML", plain(502, `<html><body>${words}</body></html>`, "text/html"), /^HTTP 502: .*prompt is too long/],
    [
      "long HTML",
      plain(
        502,
        `<!DOCTYPE html><html><head><title>Bad gateway</title><style>${"a{}".repeat(500)}</style></head><body>${words}</body></html>`,
      ),
      /^HTTP 502: Bad gateway: prompt is too long for this context$/,
    ],
    ["nothing", plain(500, ""), /^HTTP 500: empty body$/],
    [
      "an event stream",
      plain(500, `event: error\ndata: {"error":{"message":"${words}"}}\n\n`),
      /^HTTP 500: prompt is too/,
    ],
    ["200 with an error", plain(200, `{"error":"${words}"}`), /^HTTP 200: prompt is too long for this context$/],
    ["200 with a page", plain(200, `<html>${words}</html>`), /^the answer is not an event stream: <html>prompt/],
    [
      "200 in one piece",
      plain(200, '{"choices":[{"message":{"content":"a"}}]}'),
      /not an event stream; it came in one piece/,
    ],
    ["200 with nothing", plain(200, ""), /^HTTP 200: the answer ended before its first chunk$/],
    ["200 with heartbeats only", play(": keepalive 0/12\n\n"), /^HTTP 200: the answer ended before its first chunk$/],
    [
      "an error event",
      play(`event: error\ndata: {"error":{"message":"${words}"}}\n\n`),
      /^error in the stream: prompt is/,
    ],
    ["an error event of plain text", play(`event: error\ndata: ${words}\n\n`), /^error in the stream: prompt is/],
    [
      "an error field",
      play(`${text("a")}error: {"code":500,"message":"${words}"}\n\n`),
      /^error in the stream: prompt is/,
    ],
    [
      "an error chunk",
      play(`${text("a")}data: {"error":{"message":"${words}"}}\n\ndata: [DONE]\n\n`),
      /^error in the stream: pr/,
    ],
    [
      "an error of a choice",
      play(`data: {"choices":[{"error":{"message":"${words}"}}]}\n\n`),
      /^error in the stream: prompt/,
    ],
    [
      "vLLM's error object",
      play(`data: {"object":"error","message":"${words}","code":400}\n\n`),
      /^error in the stream: pro/,
    ],
    ["a detail in the stream", play(`data: {"detail":"${words}"}\n\n`), /^error in the stream: prompt is/],
    [
      "text before the end",
      play(`${text("a")}data: ${words}\n\n`),
      /^the stream was cut off after 1 chunks, .*: prompt is too/,
    ],
    [
      "a finish reason",
      play('data: {"choices":[{"delta":{},"finish_reason":"error"}]}\n\n'),
      /^the server ended the answer with an error$/,
    ],
    [
      "a redirect",
      (response) => void response.writeHead(308, { location: "/api/v1" }).end(),
      /^HTTP 308: empty body; it redirects to \/api\/v1$/,
    ],
  ])("%s", async (_, given, reason) => {
    const measured = await ask(given);
    expect(measured).toMatchObject({ state: "misfit", misfit: { reason: expect.stringMatching(reason) } });
  });
});

describe("what a count without text, or an early end, means is said", () => {
  test("thoughts that are kept back", async () => {
    const silent = 'data: {"choices":[{"delta":{"content":""},"finish_reason":"length"}]}\n\n';
    expect(await ask(play(silent + USAGE))).toMatchObject({
      misfit: {
        class: "empty_output",
        reason: expect.stringMatching(/^the answer had no text though 8 tokens .*--max-tokens/),
      },
    });
  });

  test("an answer that the model ended", async () => {
    const measured = await ask(play(text("a") + text("b") + USAGE), { maxTokens: 48 });
    expect(measured).toMatchObject({
      state: "invalid",
      reason: expect.stringMatching(
        /^only 8 tokens came \(at least 32 wanted\): the model ended its answer early.*--max-tokens 8 /,
      ),
    });
  });
});

describe("a request that nobody answers", () => {
  const log = (dead: boolean, reason: string, kind: "died" | "out_of_memory" = "died") => ({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ended: new AbortController().signal,
    checkAlive: () => Promise.resolve(null),
    logMark: () => 0,
    failureSince: () => ({ dead, misfit: { class: kind, reason } }),
  });

  test("closed: the log says why", async () => {
    const running = log(false, "NotImplementedError: RotatingKVCache Quantization NYI");
    expect(await ask((response) => void response.destroy(), { running })).toMatchObject({
      misfit: {
        class: "request_failed",
        reason: expect.stringMatching(
          /^connection failed: it was closed without an answer .*: NotImplementedError: Rot/,
        ),
      },
    });
  });

  test("closed after its header: memory is named only because the log names it", async () => {
    const running = log(false, "RuntimeError: [metal::malloc] too much", "out_of_memory");
    expect(await ask(play(": keepalive 0/12\n\n"), { running })).toMatchObject({
      misfit: {
        class: "out_of_memory",
        reason: expect.stringMatching(/before its first chunk: RuntimeError: \[metal/),
      },
    });
  });

  test("left open: the death of generation is seen long before the gate", async () => {
    const running = log(true, "generation has died");
    const measured = await ask(() => undefined, { running, gateMs: 3_000_000 });
    expect(measured).toMatchObject({ misfit: { class: "died", reason: "generation has died" } });
  });

  test("answered with words: the log is not asked", async () => {
    const running = log(false, "an old error");
    expect(await ask(plain(400, '{"error":"no"}'), { running })).toMatchObject({ misfit: { reason: "HTTP 400: no" } });
  });
});
