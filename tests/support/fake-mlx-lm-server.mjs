#!/usr/bin/env node
// A program that behaves like mlx_lm.server, for tests: its port opens at once, its list of models is a scan, its requests are
// served by a thread that may die. What the last part of --model's path says is how it behaves; any other name serves well.
// Format of answers and logs: recorded from mlx_lm.server 0.32.2 (tests/fixtures/streams, tests/fixtures/provider-logs).
//
// FAKE_PROVIDER_LOG  file that gets a line of JSON when it starts
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOGS = join(import.meta.dirname, "../fixtures/provider-logs");
const HELP = `usage: mlx_lm.server [-h] [--model MODEL] [--host HOST] [--port PORT]
  --decode-concurrency N --prompt-concurrency N --prefill-step-size N --kv-bits N --quantized-kv-start N --prompt-cache-size N
`;
const TTFT_MS = 30;
const TOKEN_MS = 1;
/** Prompts longer than this are the replicates', not the warm-up's. */
const LONG_PROMPT = 150;

const flag = (name) => process.argv[process.argv.indexOf(name) + 1];
const chunk = (choice) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model: "default_model",
  choices: [choice],
});
const event = (data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const log = (name) => process.stderr.write(readFileSync(join(LOGS, `${name}.txt`)));

async function complete(mode, body, response) {
  const words = body.messages.at(-1).content.split(/\s+/).length;
  const asked = { promptTokens: words + 12, maxTokens: body.max_tokens, stream: body.stream === true };
  const long = asked.promptTokens > LONG_PROMPT;
  if (mode === "load-dies") return loadDied(response);
  if (mode === "handler-dies" || (mode === "handler-dies-later" && long)) return handlerDies(asked, response);
  if (mode === "thread-dies" && long) return threadDies(response);
  if (mode === "error-200") return response.writeHead(200).end('{"error":"Unexpected endpoint or method."}');
  if (!asked.stream) return response.writeHead(200).end(JSON.stringify({ choices: [{ message: { content: "a" } }] }));
  response.writeHead(200, { "content-type": "text/event-stream" });
  await stream(mode, asked, response);
}

/** The access line comes last, and no other: what the server has to say stands above a traceback of forty lines. */
function loadDied(response) {
  process.stderr.write('127.0.0.1 - - [01/Jan/2026 09:30:03] "POST /v1/chat/completions HTTP/1.1" 404 -\n');
  response.writeHead(404).end('{"error": "generation thread died"}');
}

/** Without a stream not a byte comes; with one only its header and a heartbeat. */
function handlerDies({ stream, promptTokens }, response) {
  log("mlx-lm-handler-died");
  if (!stream) return response.destroy();
  response.writeHead(200, { "content-type": "text/event-stream" }).end(`: keepalive 0/${promptTokens}\n\n`);
}

function threadDies(response) {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  log("mlx-lm-thread-died");
}

async function stream(mode, { promptTokens, maxTokens }, response) {
  response.write(`: keepalive ${promptTokens}/${promptTokens}\n\n`);
  const ends = mode === "ends-early" ? Math.min(9, maxTokens) : maxTokens;
  await sleep(TTFT_MS);
  for (let token = 0; token < ends; token += 1) {
    await sleep(TOKEN_MS);
    if (mode !== "thinks-unseen")
      response.write(event(chunk({ index: 0, finish_reason: null, delta: { content: " a" } })));
  }
  response.write(event(chunk({ index: 0, finish_reason: ends < maxTokens ? "stop" : "length", delta: {} })));
  const usage = { prompt_tokens: promptTokens, completion_tokens: ends, total_tokens: promptTokens + ends };
  response.write(event({ object: "chat.completion", choices: [], usage }));
  response.end(event("[DONE]"));
}

function serve(model, port) {
  const mode = basename(model);
  if (mode === "load-dies") log("mlx-lm-load-died");
  const server = createServer(async (request, response) => {
    if (request.url === "/health") return response.writeHead(200).end('{"status": "ok"}');
    // The header goes out before the cache of models is scanned: on a slow disk its body may take for ever.
    if (request.url === "/v1/models") return response.writeHead(200).flushHeaders();
    const parts = await request.toArray();
    await complete(mode, JSON.parse(Buffer.concat(parts).toString("utf8")), response);
  });
  server.listen(port, "127.0.0.1");
  process.on("SIGTERM", () => process.exit(143));
  const line = JSON.stringify({ event: "start", pid: process.pid, at: Date.now(), model });
  if (process.env.FAKE_PROVIDER_LOG) appendFileSync(process.env.FAKE_PROVIDER_LOG, `${line}\n`);
}

if (process.argv.includes("--help")) process.stdout.write(HELP);
else serve(flag("--model"), Number(flag("--port")));
