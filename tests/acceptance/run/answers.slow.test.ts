// Contract §7 and §8: whatever a provider answers becomes a reason in the row, of the right class, and never a crash; what is
// read of it is bounded.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { slowness } from "../../support/worlds/live-world.ts";
import { createWorld, type Finished, type World } from "../../support/worlds/program.ts";
import { plantModels, shortTune } from "../../support/worlds/short-tune.ts";
import { resultSchema, type RunResult } from "../../../worker/core/result/recipe.ts";

/** Long enough for an answer beside the other tunes. */
const GATE_MS = Math.ceil(700 * slowness());

interface Case {
  behaviour: Behaviour;
  class: string;
  reason: RegExp;
  /** States of the replicates in their order; all but the last are repeats. */
  replicates: string[];
}

const replicate = (behaviour: Behaviour): Behaviour => ({ ...behaviour, answerFor: "replicates" });
const bad = (answer: Behaviour["answer"], more: Behaviour = {}) =>
  replicate({ ...more, ...(answer ? { answer } : {}) });
const misfit = (behaviour: Behaviour, failure: string, reason: RegExp): Case => ({
  behaviour,
  class: failure,
  reason,
  replicates: ["misfit"],
});
const repeated = (behaviour: Behaviour, failure: string, reason: RegExp): Case => ({
  behaviour,
  class: failure,
  reason,
  replicates: ["invalid", "invalid", failure === "invalid" ? "invalid" : "misfit"],
});

const inWarmUp = (behaviour: Behaviour, failure: string, reason: RegExp): Case => ({
  behaviour,
  class: failure,
  reason,
  replicates: [],
});

/** Three tunes side by side, each with a list of candidates that all answer badly. */
const TUNES: Record<string, Record<string, Case>> = {
  "broken streams": {
    "not JSON": misfit(bad("not-json"), "bad_response", /^a chunk is not JSON: .*"hel$/),
    "not UTF-8": misfit(bad("invalid-utf8"), "bad_response", /^the stream is not UTF-8/),
    "a line of 100 MB": misfit(bad("huge-line"), "bad_response", /^a line of the stream is longer than 1048576 bytes$/),
    "100 MB of lines": misfit(
      bad("huge-lines"),
      "bad_response",
      /^the (stream does not end: 193 chunks for max_tokens 32|answer is longer than \d+ bytes)$/,
    ),
    "more tokens than asked for, without end": misfit(
      bad("never-ends", { interTokenMs: 1 }),
      "bad_response",
      /^the stream does not end: 193 chunks for max_tokens 32$/,
    ),
    "a reset connection": misfit(bad("reset"), "request_failed", /^connection failed: /),
    "an error within the stream": misfit(
      bad("in-stream-error", { errorMessage: "[metal] command buffer failed" }),
      "request_failed",
      /^error in the stream: \[metal\] command buffer failed$/,
    ),
  },
  "wrong figures": {
    "NaN in the usage": misfit(bad("nan-usage"), "bad_response", /^a chunk is not JSON: .*NaN/),
    "no usage": repeated(bad("no-usage"), "invalid", /^the answer carried no usage; repeated 2 times$/),
    "no text": misfit(bad("empty"), "empty_output", /^the answer had no text/),
    "a leaked stop token": misfit(bad("stop-token"), "stop_token", /^stop token <\|im_end\|> leaked into the text$/),
    "the model's own stop token": inWarmUp(
      { text: " <|tiny_end|>" },
      "stop_token",
      /^warm-up: stop token <\|tiny_end\|> leaked into the text$/,
    ),
    "a truncated prompt": repeated(
      bad("truncated-prompt"),
      "wrong_context",
      /^the prompt had \d+ tokens, target 256 ± 2 %: the provider seems to truncate prompts$/,
    ),
    "a prompt from the cache": repeated(
      bad("ok", { cachedTokens: 100 }),
      "invalid",
      /^100 prompt tokens came from a cache \(at most 64\); repeated 2 times$/,
    ),
  },
  "silence, death and refusals": {
    silence: misfit(
      bad("silence"),
      "ttft_gate",
      new RegExp(`^TTFT > ${GATE_MS} ms \\(aborted at the gate\\), gate ${GATE_MS} ms$`),
    ),
    "comments for ever": misfit(bad("keepalive-forever"), "ttft_gate", new RegExp(`^TTFT > ${GATE_MS} ms \\(aborted`)),
    "a stall after the first tokens": misfit(
      replicate({ tps: 0.01 }),
      "request_failed",
      new RegExp(`^the stream stalled: nothing for ${GATE_MS} ms after 1 chunks$`),
    ),
    "death within the stream": misfit(
      bad("die-mid-stream", { dieCode: 1 }),
      "died",
      /^the provider ended while it served \(exit code 1\)/,
    ),
    "death by memory": misfit(
      bad("die-mid-stream", { dieCode: 134 }),
      "out_of_memory",
      /^the provider ended while it served \(exit code 134\)/,
    ),
    "HTTP 413": misfit(
      { maxContext: 200 },
      "request_failed",
      /^HTTP 413: 25\d tokens of 200 \(context_length_exceeded\)$/,
    ),
    "HTTP 400": misfit(
      bad("status", { errorStatus: 400, errorMessage: "temperature must be above 0" }),
      "request_failed",
      /^HTTP 400: temperature must be above 0$/,
    ),
    "HTTP 503": misfit(
      bad("status", { errorStatus: 503, errorBody: "<html><h1>Overloaded</h1></html>" }),
      "request_failed",
      /^HTTP 503: <html><h1>Overloaded<\/h1><\/html>$/,
    ),
  },
};

interface Outcome extends Finished {
  world: World;
  result: RunResult;
  /** Most memory that the worker ever held, bytes; null where /proc does not tell. */
  peakBytes: number | null;
}

const outcomes = new Map<string, Outcome>();
beforeAll(async () => {
  await Promise.all(Object.entries(TUNES).map(async ([name, cases]) => outcomes.set(name, await tune(cases))));
}, 120_000);
afterAll(async () => {
  await Promise.all([...outcomes.values()].map(({ world }) => world.close()));
});

const idOf = (name: string) => `t/${name.replace(/[^A-Za-z0-9]+/g, "-")}`;

async function tune(cases: Record<string, Case>): Promise<Outcome> {
  const world = await createWorld();
  const models = Object.fromEntries(Object.entries(cases).map(([name, one]) => [idOf(name), one.behaviour]));
  const list = plantModels(world, models);
  const settings = shortTune({ "candidate-models": list, "gate-ttft-ms": String(GATE_MS) });
  const started = world.start(world.tuneArgs(["--json", "--offline", ...settings]));
  let peakBytes: number | null = null;
  const watch = setInterval(() => (peakBytes = peakOf(started.pid) ?? peakBytes), 50);
  const finished = await started.finished;
  clearInterval(watch);
  return { ...finished, world, peakBytes, result: JSON.parse(finished.stdout) as RunResult };
}

/** The kernel's own high-water mark of a process. */
function peakOf(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // no /proc, or the process has just ended
  }
}

describe.each(Object.entries(TUNES))("%s", (group, cases) => {
  const outcome = () => outcomes.get(group) as Outcome;

  test("no candidate fits: exit 3, one document, nothing but reasons", () => {
    const { code, result, stderr } = outcome();
    expect(code).toBe(3);
    expect(resultSchema.parse(result)).toMatchObject({ exit_reason: "no_feasible", recommendation: null });
    expect(result.infeasible.map((one) => one.model)).toEqual(Object.keys(cases).map(idOf));
    expect(stderr).not.toMatch(/Internal error|\n +at /);
  });

  test.each(Object.entries(cases))("%s", (name, wanted) => {
    const { world, result } = outcome();
    const verdict = result.infeasible.find((one) => one.model === idOf(name));
    expect(verdict?.reason).toMatch(wanted.reason);
    expect(verdict?.class).toBe(wanted.class);
    const [row] = world.rows<{ id: number }>("SELECT * FROM tune_trials WHERE model = ?", idOf(name));
    expect(row).toMatchObject({
      fits: 0,
      agg_throughput_tps: null,
      reason: verdict?.reason,
      misfit_class: wanted.class,
      n_err: Math.max(1, wanted.replicates.length),
      notes: expect.stringContaining(`${verdict?.reason}\nend of its log:\nloading model`),
    });
    const states = world.rows<{ state: string }>(
      "SELECT r.state FROM tune_replicates r JOIN tune_visits v ON v.id = r.visit_id WHERE v.trial_id = ? ORDER BY r.id",
      row?.id,
    );
    expect(states.map((one) => one.state)).toEqual(wanted.replicates);
  });

  test("the worker's memory stays bounded", () => {
    const { peakBytes } = outcome();
    if (peakBytes !== null) expect(peakBytes).toBeLessThan(400e6);
  });
});
