// The stand-in itself: black-box tests prove nothing if it does not behave as it says.
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  complete,
  freePort,
  killLeftovers,
  startProgram,
  untilServing,
  type Program,
  type Streamed,
} from "../support/worlds/child-programs.ts";
import {
  installFakeProvider,
  type Behaviour,
  type FakeProvider,
  type Scenario,
} from "../support/servers/fake-provider.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const MODEL = "mlx-community/Tiny-1B-4bit";
/** 300 words x 1.3 + 12 = 402 tokens: counts as a replicate. */
const PROMPT = "word ".repeat(300);

let folder: string;
let port: number;
let fake: FakeProvider;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fake-provider-"));
  port = await freePort();
});
afterEach(() => {
  expect(killLeftovers()).toBe(0);
  removeFolder(folder);
});

function serve(scenario: Scenario, flags: string[] = ["--no-join"], env: Record<string, string> = {}): Program {
  fake = installFakeProvider(folder, scenario);
  const argv = [fake.program, "serve", "--model", MODEL, "--port", String(port), ...flags];
  return startProgram(argv, { ...process.env, ...fake.env, ...env }, true);
}

async function stop(program: Program): Promise<void> {
  process.kill(-(program.child.pid ?? 0), "SIGTERM");
  await program.ended;
}

async function ask(behaviour: Behaviour, times = 1): Promise<Streamed[]> {
  const program = serve({ models: { [MODEL]: behaviour } });
  await untilServing(program, port);
  const answers: Streamed[] = [];
  try {
    for (let i = 0; i < times; i++) answers.push(await complete(port, { model: MODEL, prompt: PROMPT }));
  } finally {
    if (program.child.exitCode === null) await stop(program);
    await program.ended;
  }
  return answers;
}

test("streams as the real one does and notes what happened", async () => {
  const [answer] = await ask({});
  expect(answer?.body).toContain(": connected");
  expect(answer?.events[0]?.choices?.[0]?.delta).toEqual({ role: "assistant", content: "" });
  expect(answer?.events.at(-2)?.choices?.[0]?.finish_reason).toBe("length");
  expect(answer?.events.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 402, completion_tokens: 40 } });
  expect(fake.noted().map(({ event }) => event)).toEqual([
    "start",
    "listening",
    "request",
    "answered",
    "signal",
    "end",
  ]);
  expect(fake.noted("request")[0]).toMatchObject({ promptTokens: 402, inFlight: 1, replicate: 0, maxTokens: 40 });
});

test("notes argv, its own variables and the configuration file", async () => {
  const config = join(folder, "isolated.yaml");
  writeFileSync(config, "{}\n", { mode: 0o600 });
  const program = serve({}, ["--no-join", "--config", config, "--kv-bits", "4"], { MACPROVIDER_X: "1" });
  await untilServing(program, port);
  await stop(program);
  expect(fake.noted("start")[0]).toMatchObject({
    noJoin: true,
    knobs: { kv_bits: 4, max_batch: null, max_context: null },
    macproviderEnv: ["MACPROVIDER_X"],
    configMode: "600",
    configText: "{}\n",
  });
});

test("connects to the coordinator only without --no-join", async () => {
  let connections = 0;
  const coordinator = createServer(() => connections++).listen(0, "127.0.0.1");
  await once(coordinator, "listening");
  const env = { FAKE_COORDINATOR: `127.0.0.1:${(coordinator.address() as AddressInfo).port}` };
  for (const flags of [["--no-join"], []]) {
    const program = serve({}, flags, env);
    await untilServing(program, port);
    while (flags.length === 0 && fake.noted("coordinator").length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await stop(program);
    rmSync(fake.program);
  }
  expect(connections).toBe(1);
  coordinator.close();
});

test("lists of figures are consumed by replicates, not by warm-ups", async () => {
  const program = serve({ defaults: { ttftMs: [10, 50], tps: [400, 100] } });
  await untilServing(program, port);
  await complete(port, { model: MODEL, prompt: "warm up" });
  const first = await complete(port, { model: MODEL, prompt: PROMPT });
  const second = await complete(port, { model: MODEL, prompt: PROMPT });
  await stop(program);
  expect(first.firstMs).toBeGreaterThanOrEqual(10);
  expect(second.firstMs).toBeGreaterThanOrEqual(50);
  // 40 tokens at 400 and at 100 tok/s; late at most.
  expect(first.totalMs).toBeGreaterThanOrEqual(100);
  expect(second.totalMs).toBeGreaterThanOrEqual(400);
  expect(fake.noted("request").map(({ replicate }) => replicate)).toEqual([null, 0, 1]);
});

test("behaviour may depend on the knobs", async () => {
  const knobs = [{ when: { kv_bits: 8, max_batch: null }, answer: "empty" as const }];
  const program = serve({ models: { [MODEL]: { knobs } } }, ["--no-join", "--kv-bits", "8"]);
  await untilServing(program, port);
  expect((await complete(port, { model: MODEL, prompt: PROMPT })).text).toBe("");
  await stop(program);
});

describe("bad answers", () => {
  const one = async (behaviour: Behaviour) => (await ask(behaviour))[0] as Streamed;

  test("a status before the stream", async () => {
    expect(await one({ answer: "status", errorStatus: 503 })).toMatchObject({ status: 503 });
  });
  test("413 above the context", async () => {
    const answer = await one({ maxContext: 300 });
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("context_length_exceeded");
  });
  test("an error inside the stream", async () => {
    const answer = await one({ answer: "in-stream-error", errorMessage: "kaput" });
    expect(answer.events.at(-1)?.error?.message).toBe("kaput");
  });
  test("one bad answer among good ones", async () => {
    const answers = await ask({ answers: ["ok", "empty", "ok"] }, 3);
    expect(answers.map(({ text }) => text === "")).toEqual([false, true, false]);
  });
  test("an end token, a truncated prompt, cached tokens, several tokens per chunk", async () => {
    expect((await one({ answer: "stop-token" })).text).toContain("<|im_end|>");
    removeFolder(fake.binFolder);
    const answer = await one({ answer: "truncated-prompt", tokensPerChunk: 4, cachedTokens: 7 });
    expect(answer.events.at(-1)?.usage).toMatchObject({
      prompt_tokens: 201,
      prompt_tokens_details: { cached_tokens: 7 },
    });
    expect(answer.events).toHaveLength(1 + 10 + 1 + 1);
  });
  test("figures that are none, and text that is not UTF-8", async () => {
    await expect(one({ answer: "nan-usage" })).rejects.toThrow(/JSON/);
    removeFolder(fake.binFolder);
    expect((await one({ answer: "invalid-utf8" })).text).toContain("\ufffd");
  });
  test("half a piece of JSON", async () => {
    await expect(one({ answer: "not-json" })).rejects.toThrow(/JSON/);
  });
  test.each(["huge-line", "huge-lines"] as const)("%s of 100 MB, at the reader's pace", async (answer) => {
    const program = serve({ defaults: { answer } });
    await untilServing(program, port);
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      body: '{"messages":[]}',
    });
    let bytes = 0;
    for await (const part of response.body as AsyncIterable<Uint8Array>) bytes += part.length;
    expect(bytes).toBeGreaterThanOrEqual(100 * 1024 * 1024);
    await stop(program);
  });
  test.each(["keepalive-forever", "never-ends", "silence"] as const)("%s", async (answer) => {
    const program = serve({ defaults: { answer } });
    await untilServing(program, port);
    const signal = AbortSignal.timeout(300);
    await expect(complete(port, { model: MODEL, prompt: PROMPT, signal })).rejects.toThrow();
    await stop(program);
    expect(fake.noted("answered")[0]).toMatchObject({ outcome: "client-gone" });
  });
  test("an end in the middle of an answer", async () => {
    await expect(one({ answer: "die-mid-stream", dieCode: 134 })).rejects.toThrow();
    expect(fake.noted("end")[0]).toMatchObject({ code: 134 });
  });
});

describe("ends and signals", () => {
  test.each<[string, Behaviour, number]>([
    ["out of memory", { loadExit: { code: 137, stderr: "[metal::malloc] Unable to allocate" } }, 137],
    ["a bad knob", { badKnob: "--max-batch is too big" }, 2],
  ])("%s ends it before the port opens", async (_name, behaviour, code) => {
    const program = serve({ defaults: behaviour });
    expect(await program.ended).toEqual({ code, signal: null });
    expect(program.output()).toContain(behaviour.badKnob ?? behaviour.loadExit?.stderr);
    expect(fake.noted("listening")).toEqual([]);
  });

  test("an unknown flag and one that this version lacks end it with 2", async () => {
    const program = serve({ flags: ["--model", "--port"] }, ["--no-join", "--config", "/x"]);
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.output()).toBe("error: Unknown option '--config'\n");
  });

  test("can be killed by a signal of its own, after a long log", async () => {
    const program = serve({ defaults: { logBytes: 300_000, loadExit: { signal: "SIGKILL" } } });
    expect(await program.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(program.output().length).toBeGreaterThan(300_000);
  });

  test("goes on serving for a while after SIGTERM", async () => {
    const program = serve({ defaults: { ignoreSigtermMs: 400 } });
    await untilServing(program, port);
    const ended = stop(program);
    while (fake.noted("signal").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await fetch(`http://127.0.0.1:${port}/v1/models`)).status).toBe(200);
    await ended;
  });

  test("a load that hangs ends at SIGTERM", async () => {
    const program = serve({ defaults: { hangLoad: true } });
    while (!program.output().includes("loading")) await new Promise((resolve) => setTimeout(resolve, 10));
    await stop(program);
    expect(fake.noted("listening")).toEqual([]);
  });

  test("a grandchild may hold the port and goes with the group", async () => {
    const program = serve({ defaults: { portInGrandchild: true } });
    await untilServing(program, port);
    const [grandchild] = fake.noted("grandchild");
    expect(grandchild?.pid).not.toBe(program.child.pid);
    await stop(program);
    while (fake.noted("end").length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow();
  });
});
