// HTTP side of the fake macprovider-cli: the real wire format, and each way in which a provider can answer badly.
// Times are kept on an absolute schedule, so that "tps": 200 is 200 tok/s over the whole request.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const DEFAULTS = {
  ttftMs: 10,
  interTokenMs: 1,
  coldMs: 0,
  templateTokens: 0,
  tokensPerChunk: 1,
  tokensPerWord: 1.3,
  promptOverhead: 12,
  contextSlack: 0.02,
  replicateMinPrompt: 200,
  replicateMinTokens: 32,
  answer: "ok",
  answerFor: "all",
  errorStatus: 503,
  errorMessage: "something went wrong",
  hugeBytes: 100 * 1024 * 1024,
};
const MEGABYTE = "x".repeat(1024 * 1024);
const FOREVER_MS = 2 ** 31 - 1;

export function serve({ model, port, knobs, behaviour, note }) {
  const state = { model, knobs, note, b: { ...DEFAULTS, ...behaviour }, requests: 0, replicates: 0, inFlight: 0 };
  const server = createServer((request, response) => {
    if (request.method === "GET" && request.url === "/v1/models") {
      return json(response, 200, { object: "list", data: [{ id: model, object: "model" }] });
    }
    if (request.method !== "POST" || request.url !== "/v1/chat/completions")
      return json(response, 404, fault("no such route"));
    complete(state, request, response).catch((error) => json(response, 400, fault(String(error))));
  });
  server.on("error", (error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => note("listening", { model, port }));
}

async function complete(state, request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  let t0 = performance.now();
  const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
  if (!Array.isArray(body.messages)) return json(response, 400, fault("messages is missing"));
  const asked = planAnswer(state, body);
  state.inFlight += 1;
  state.note("request", { n: asked.n, model: body.model, inFlight: state.inFlight, ...asked.facts });
  let gone = false;
  response.on("close", () => {
    gone = !response.writableFinished;
    state.inFlight -= 1;
    state.note("answered", { n: asked.n, outcome: gone ? "client-gone" : "complete" });
  });
  const limit = state.knobs.max_context ?? state.b.maxContext ?? Infinity;
  if (asked.promptTokens > limit * (1 + state.b.contextSlack)) {
    return json(response, 413, fault(`${asked.promptTokens} tokens of ${limit}`, "context_length_exceeded"));
  }
  const until = async (ms) => {
    const waitMs = t0 + ms - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    return !gone;
  };
  if (asked.facts.replicate !== null && state.b.holdUntilPort) {
    while (!gone && !(await isTaken(state.b.holdUntilPort))) await sleep(50);
    t0 = performance.now();
  }
  await (ANSWERS[asked.answer] ?? normal)({ state, asked, response, until });
}

function isTaken(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}

/** Count the prompt and take this request's place in every list of the scenario. */
function planAnswer(state, body) {
  const { b } = state;
  const words = body.messages.flatMap(({ content }) => String(content).split(/\s+/).filter(Boolean)).length;
  const promptTokens = Math.round(words * b.tokensPerWord) + b.promptOverhead + b.templateTokens;
  const maxTokens = body.max_tokens ?? 512;
  const counts = promptTokens >= b.replicateMinPrompt && maxTokens >= b.replicateMinTokens;
  const replicate = counts ? state.replicates++ : null;
  const pick = (value) => (Array.isArray(value) ? value[Math.min(replicate ?? 0, value.length - 1)] : value);
  const applies = b.answerFor === "all" || counts;
  const answer = counts && b.answers ? pick(b.answers) : applies ? b.answer : "ok";
  const ttftMs = pick(b.ttftMs) + (state.requests === 0 ? b.coldMs : 0);
  const tps = counts ? pick(b.tps) : undefined;
  const interTokenMs = tps ? ((maxTokens / tps) * 1000 - ttftMs) / Math.max(1, maxTokens - 1) : pick(b.interTokenMs);
  const facts = { replicate, promptTokens, maxTokens, answer, promptStart: startOf(body) };
  return { n: state.requests++, facts, answer, promptTokens, maxTokens, ttftMs, interTokenMs };
}

/** Names the place where a nonce stands: requests whose prompts could share a prompt cache have the same. */
function startOf(body) {
  const text = body.messages.map(({ content }) => String(content)).join("");
  return createHash("sha256").update(text.slice(0, 40)).digest("hex").slice(0, 12);
}

const ANSWERS = {
  status: ({ state: { b }, response }) => json(response, b.errorStatus, b.errorBody ?? fault(b.errorMessage)),
  silence: () => sleep(FOREVER_MS),
  reset: ({ response }) => response.destroy(),
  "keepalive-forever": async ({ response, until }) => {
    open(response);
    for (let i = 0; await until(i * 50); i++) response.write(`: keepalive ${i}/1000\n\n`);
  },
  "never-ends": (answer) => normal(answer, { tokens: Infinity }),
  "die-mid-stream": (answer) =>
    normal(answer, { tokens: answer.asked.maxTokens / 2, end: () => process.exit(answer.state.b.dieCode ?? 134) }),
  "in-stream-error": (answer) =>
    normal(answer, { tokens: 0, end: ({ response, state }) => response.end(event(fault(state.b.errorMessage))) }),
  empty: (answer) => normal(answer, { tokens: 0 }),
  "stop-token": (answer) => normal(answer, { text: (i) => (i === 3 ? "<|im_end|>" : " word") }),
  "truncated-prompt": (answer) =>
    normal(answer, { usage: { prompt_tokens: Math.floor(answer.asked.promptTokens / 2) } }),
  "no-usage": (answer) => normal(answer, { usage: null }),
  // Python's json writes NaN as it is.
  "nan-usage": (answer) =>
    normal(answer, { rawUsage: 'data: {"choices":[],"usage":{"prompt_tokens":NaN,"completion_tokens":NaN}}\n\n' }),
  "not-json": (answer) =>
    normal(answer, {
      tokens: 0,
      end: ({ response }) => response.end('data: {"choices":[{"delta":{"content":"hel\n\n'),
    }),
  "invalid-utf8": (answer) => normal(answer, { tokens: 0, end: ({ response }) => response.end(brokenText()) }),
  "huge-line": async ({ response, state }) => {
    open(response);
    await pour(response, state.b.hugeBytes, 'data: {"choices":[{"delta":{"content":"', MEGABYTE, '"}}]}\n\n');
  },
  "huge-lines": async ({ response, state }) => {
    open(response);
    await pour(response, state.b.hugeBytes, "", event(chunk({ content: " word" })).repeat(10_000), "");
  },
};

async function normal(
  { state, asked, response, until },
  { tokens = asked.maxTokens, text = () => " word", usage = {}, rawUsage, end } = {},
) {
  const { b } = state;
  open(response);
  response.write(": connected\n\n");
  response.write(event(chunk({ role: "assistant", content: "" })));
  if (!(await until(asked.ttftMs))) return;
  for (let i = 0; i < tokens; i += b.tokensPerChunk) {
    const size = Math.min(b.tokensPerChunk, tokens - i);
    // A chunk is sent when its last token is there.
    if (!(await until(asked.ttftMs + (i === 0 ? 0 : i + size - 1) * asked.interTokenMs))) return;
    response.write(event(chunk({ content: Array.from({ length: size }, (_, k) => b.text ?? text(i + k)).join("") })));
  }
  if (end) return end({ response, state });
  response.write(event(chunk({}, tokens < asked.maxTokens ? "stop" : "length")));
  if (usage !== null)
    response.write(rawUsage ?? event({ choices: [], usage: { ...usageOf(b, asked, tokens), ...usage } }));
  response.end("data: [DONE]\n\n");
}

function usageOf(b, asked, tokens) {
  return {
    prompt_tokens: asked.promptTokens,
    completion_tokens: tokens,
    total_tokens: asked.promptTokens + tokens,
    ...cachedOf(b, asked),
    macprovider_generated_completion_tokens: tokens,
  };
}

/** The template's opening is shared by all requests; how far the nonces agree beyond it is chance. */
function cachedOf(b, asked) {
  if (b.cachedTokens !== undefined) return { prompt_tokens_details: { cached_tokens: b.cachedTokens } };
  if (b.templateTokens === 0) return {};
  return { prompt_tokens_details: { cached_tokens: asked.n === 0 ? 0 : b.templateTokens + (asked.n % 3) } };
}

/** Write so many bytes without holding them: the reader sets the pace. */
async function pour(response, bytes, before, block, after) {
  response.write(before);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += block.length) {
    if (!response.write(block)) {
      await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    }
  }
  response.end(after);
}

function open(response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
}

function chunk(delta, finishReason = null) {
  return { object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

function brokenText() {
  const [head, tail] = event(chunk({ content: "@" })).split("@");
  return Buffer.concat([Buffer.from(head), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(tail)]);
}

function event(data) {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function fault(message, code = null) {
  return { error: { message, type: "server_error", code } };
}

function json(response, status, body) {
  if (!response.headersSent) response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
