// The simulated provider as a real process.
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  complete,
  freePort,
  killLeftovers,
  startProgram,
  untilServing,
  type Program,
} from "../support/worlds/child-programs.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const RUNNER = join(import.meta.dirname, "../support/servers/run-simulated-provider.ts");
const MODEL = "mlx-community/Qwen2.5-Coder-7B-Instruct-4bit";
/** 1991 + 9 of the template = 2000 tokens. */
const PROMPT = "a".repeat(1991 * 4);

let folder: string;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "simulated-"));
  port = await freePort();
});
afterEach(() => {
  expect(killLeftovers()).toBe(0);
});
afterAll(() => removeFolder(folder));

function start(...flags: string[]): Program {
  return startProgram([process.execPath, "--no-warnings", RUNNER, "simulated-provider", ...flags]);
}

function serve(model: string, ...flags: string[]): Program {
  return start("serve", "--model", model, "--port", String(port), "--no-join", "--config", "/dev/null", ...flags);
}

async function whileServing(flags: string[], body: (program: Program) => Promise<void>): Promise<void> {
  const program = serve(MODEL, ...flags);
  try {
    await untilServing(program, port);
    await body(program);
  } finally {
    program.child.kill("SIGTERM");
    await program.ended;
  }
}

test("says its version and its flags", async () => {
  const version = start("--version");
  const help = start("serve", "--help");
  expect(await version.ended).toEqual({ code: 0, signal: null });
  await help.ended;
  expect(version.output()).toBe("simulated-provider 1.0.0\n");
  expect(help.output()).toMatch(/SIMULATED[^]*--kv-bits[^]*--max-batch[^]*--max-context/);
});

test("ends with 2 and one line on stderr for a bad flag", async () => {
  const wrong: [string[], string][] = [
    [["--kv-bits", "3"], "--kv-bits must be 4 or 8, not 3"],
    [["--max-batch", "0"], "--max-batch must be a whole number"],
    [["--profile", "m9"], 'no simulated machine "m9"'],
    [["--frobnicate"], "--frobnicate"],
  ];
  const programs = wrong.map(([flags, why]) => ({ program: serve(MODEL, ...flags), why }));
  for (const { program, why } of programs) {
    expect(await program.ended).toEqual({ code: 2, signal: null });
    expect(program.output()).toContain(why);
    expect(program.output().trimEnd().split("\n")).toHaveLength(1);
  }
});

test("a model that exceeds the memory ends the load as Metal does", async () => {
  const program = serve("mlx-community/Qwen2.5-32B-Instruct-4bit");
  expect(await program.ended).toEqual({ code: 137, signal: null });
  expect(program.output()).toContain("[metal::malloc] Unable to allocate: 20.4 GB needed, 16 GB there");
});

test("streams in macprovider's order and says that it is simulated", async () => {
  await whileServing([], async (program) => {
    const answer = await complete(port, { model: MODEL, prompt: PROMPT, maxTokens: 128 });
    expect(answer.headers.get("x-simulated")).toBe("true");
    expect(answer.events[0]?.choices?.[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(answer.events.at(-2)?.choices?.[0]?.finish_reason).toBe("length");
    expect(answer.events.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2000, completion_tokens: 128 } });
    expect(answer.events).toHaveLength(1 + 128 + 1 + 1);
    expect(answer.body.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(
      program
        .output()
        .split("\n")
        .filter(Boolean)
        .every((line) => line.startsWith("SIMULATED ")),
    ).toBe(true);
  });
});

test("two streams at once write more than one, and one slot serves them in turn", async () => {
  const together = async (flags: string[]) => {
    let tps = 0;
    await whileServing(flags, async () => {
      await complete(port, { model: MODEL, prompt: "warm up", maxTokens: 8 });
      const t0 = performance.now();
      await Promise.all([1, 2].map(() => complete(port, { model: MODEL, prompt: "write", maxTokens: 600 })));
      tps = 1200 / ((performance.now() - t0) / 1000);
    });
    return tps;
  };
  const alone = await together(["--max-batch", "1"]);
  const batched = await together(["--max-batch", "2"]);
  // 1.69 by the model; wide, since the machine of the tests is shared.
  expect(batched / alone).toBeGreaterThan(1.2);
});

test("a prompt beyond the cap is refused before the stream; one at the cap passes", async () => {
  await whileServing(["--max-context", "2000"], async () => {
    expect((await complete(port, { model: MODEL, prompt: PROMPT })).status).toBe(200);
    const refused = await complete(port, { model: MODEL, prompt: PROMPT.repeat(2) });
    expect(refused.status).toBe(413);
    expect(refused.body).toContain("context_length_exceeded");
  });
});

test("a client that goes away frees its slot", async () => {
  await whileServing(["--scenario", "never_ends"], async () => {
    const hurry = AbortSignal.timeout(200);
    await expect(complete(port, { model: MODEL, prompt: "x", signal: hurry })).rejects.toThrow();
    const body = { model: MODEL, stream: true, messages: [{ role: "user", content: "y" }] };
    const next = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    let text = "";
    for await (const part of next.body as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(part);
      if (text.includes('"content":" the"')) break;
    }
    expect(text).toContain('"content":" the"');
  });
});

test("the demo's 14B fails at 2000 tokens and works at 500", async () => {
  const model = "mlx-community/Qwen2.5-14B-Instruct-4bit";
  const program = serve(model);
  await untilServing(program, port);
  const long = await complete(port, { model, prompt: PROMPT });
  expect(long.status).toBe(200);
  expect(long.events.at(-1)?.error?.message).toContain("not enough memory for the KV cache");
  const short = await complete(port, { model, prompt: "a".repeat(2000) });
  expect(short.events.at(-1)?.usage?.["completion_tokens"]).toBe(40);
  program.child.kill("SIGTERM");
  expect(await program.ended).toEqual({ code: 143, signal: null });
});

test("each failure of a profile concerns prompts of its length", async () => {
  const profile = join(folder, "failing.json");
  const kinds = ["truncated_prompt", "no_usage", "stop_token", "empty_output", "http_error"];
  const failures = kinds.map((kind, i) => ({ kind, min_prompt_tokens: 1000 * (i + 1) })).reverse();
  writeFileSync(profile, JSON.stringify({ base: "demo", failures }));
  await whileServing(["--profile", profile], async () => {
    const ask = (tokens: number) => complete(port, { model: MODEL, prompt: "a".repeat(4 * (tokens - 9)) });
    expect((await ask(999)).events.at(-1)?.usage?.["prompt_tokens"]).toBe(999);
    expect((await ask(1000)).events.at(-1)?.usage?.["prompt_tokens"]).toBe(500);
    expect((await ask(2000)).body).not.toContain("usage");
    expect((await ask(3000)).text).toContain("<|im_end|>");
    expect((await ask(4000)).text).toBe("");
    expect((await ask(5000)).status).toBe(503);
  });
});

test("a profile's failures end the process in the middle of an answer", async () => {
  const profile = join(folder, "dying.json");
  const failures = [{ model: "7B", max_batch: 2, kind: "out_of_memory", message: "wired limit" }];
  writeFileSync(profile, JSON.stringify({ base: "demo", failures }));
  const program = serve(MODEL, "--profile", profile, "--max-batch", "2");
  await untilServing(program, port);
  await expect(complete(port, { model: MODEL, prompt: "x" })).rejects.toThrow();
  expect(await program.ended).toEqual({ code: 137, signal: null });
  expect(program.output()).toContain("Unable to allocate (wired limit)");
});

test("SIGTERM during a load that hangs ends it at once", async () => {
  const program = serve(MODEL, "--scenario", "load_hang");
  while (!program.output().includes("loading")) await new Promise((resolve) => setTimeout(resolve, 20));
  program.child.kill("SIGTERM");
  expect(await program.ended).toEqual({ code: 143, signal: null });
});
