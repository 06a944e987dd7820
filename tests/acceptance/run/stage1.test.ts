// Contract §16, cases 1 to 3, 14, 15, 17, 19: which candidate is chosen, in which order, and what is said of the others.
import { realpathSync, truncateSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { memorySize } from "../../../worker/core/units.ts";
import type { Scenario } from "../../support/servers/fake-provider.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";

const MEMORY = { loadExit: { code: 137, stderr: "[metal::malloc] Unable to allocate 20 GB" } };
/** Beyond the gate, which a busy machine must not reach. */
const SLOW = { answer: "silence" as const, answerFor: "replicates" as const };
const GATE = ["--gate-ttft-ms", "2000"];
/** Short tunes: one cell, small context. */
const SHORT = [
  "--target-context",
  "256",
  "--max-tokens",
  "32",
  "--method",
  "fixed",
  "--stage2-replicates",
  "1",
  "--kv-bits-axis",
  "unset",
  "--max-batch-axis",
  "1",
];

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

/** Plant complete weights of these models in the cache and behave as told. */
function models(behaviours: NonNullable<Scenario["models"]>): string {
  world.provider.setScenario({ models: behaviours });
  const ids = Object.keys(behaviours);
  for (const id of ids) plantSnapshot(`${world.home}/.cache/huggingface/hub`, id, modelFiles());
  return ids.join(",");
}

const stage1Rows = () =>
  world.rows<{ model: string; fits: number; notes: string; reason: string }>(
    "SELECT * FROM tune_trials WHERE stage = 1 ORDER BY id",
  );

test("1: the first feasible wins and ends Stage 1", async () => {
  const list = models({ "t/X-32B": MEMORY, "t/Y-7B": {}, "t/Z-1B": {} });
  const { code, result } = await world.tune([...SHORT, "--candidate-models", list]);
  expect(code).toBe(0);
  expect(result.recommendation?.model).toBe("t/Y-7B");
  expect(result.alternates).toEqual(["t/Z-1B"]);
  expect(result.infeasible).toEqual([
    { model: "t/X-32B", rank: 1, class: "out_of_memory", reason: expect.stringMatching(/137.*metal::malloc/s) },
  ]);
  expect(stage1Rows().map((row) => [row.model, row.fits])).toEqual([
    ["t/X-32B", 0],
    ["t/Y-7B", 1],
  ]);
  expect(world.provider.noted("start").some((start) => start["model"] === "t/Z-1B")).toBe(false);
});

test("2: two infeasible, the third feasible", async () => {
  const list = models({ "t/X-32B": MEMORY, "t/Y-7B": SLOW, "t/Z-1B": {} });
  const { result } = await world.tune([...SHORT, ...GATE, "--candidate-models", list]);
  expect(result.recommendation?.model).toBe("t/Z-1B");
  expect(result.alternates).toEqual([]);
  const [x, y, z] = stage1Rows();
  expect([x?.fits, y?.fits, z?.fits]).toEqual([0, 0, 1]);
  expect(y?.reason).toBe("TTFT > 2000 ms (aborted at the gate), gate 2000 ms");
});

test("3: all infeasible: exit 3, the smallest candidate's reason first, both ways out", async () => {
  const list = models({
    "t/X-32B": MEMORY,
    "t/Y-1B": SLOW,
    "t/Z-7B": { answer: "status", errorStatus: 503, errorMessage: "overloaded" },
  });
  const { code, result, stderr } = await world.tune([...SHORT, ...GATE, "--candidate-models", list]);
  expect(code).toBe(3);
  expect(result).toMatchObject({ exit_reason: "no_feasible", recommendation: null, recipe_hash: null, alternates: [] });
  const text = stderr.slice(stderr.indexOf("NO RECOMMENDATION"));
  const places = [
    "t/Y-1B: TTFT",
    "t/Z-7B: warm-up: HTTP 503",
    "t/X-32B: load failed",
    "--target-context",
    "--candidate-models",
  ].map((part) => text.indexOf(part));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("17: the operator's order is never re-sorted", async () => {
  const list = models({ "t/A-1B": {}, "t/B-32B": {} });
  const { result } = await world.tune([...SHORT, "--candidate-models", list]);
  expect(result.recommendation?.model).toBe("t/A-1B");
  expect(result.alternates).toEqual([]);
  expect(stage1Rows()).toHaveLength(1);
});

describe("default list", () => {
  const plan = async (args: string[]) => {
    const finished = await world.run([
      "plan",
      "--json",
      "--provider",
      "macprovider",
      "--provider-bin",
      world.provider.program,
      ...args,
    ]);
    return {
      stderr: finished.stderr,
      models: (JSON.parse(finished.stdout) as { candidates: { model: string }[] }).candidates.map((one) => one.model),
    };
  };
  const DEFAULT = [
    "Qwen2.5-32B-Instruct-4bit",
    "Qwen2.5-14B-Instruct-4bit",
    "Qwen2.5-Coder-7B-Instruct-4bit",
    "Llama-3.2-3B-Instruct-4bit",
    "Llama-3.2-1B-Instruct-4bit",
  ].map((name) => `mlx-community/${name}`);

  test("14: largest first", async () => expect((await plan([])).models).toEqual(DEFAULT));

  test("15: an explicit list beats the size flags, with a warning", async () => {
    const planned = await plan(["--candidate-models", "t/A-32B,t/B-1B", "--max-model-size", "8B"]);
    expect(planned.models).toEqual(["t/A-32B", "t/B-1B"]);
    expect(planned.stderr).toMatch(/Warning:.*--max-model-size/);
  });

  test("19: size limits trim the default list", async () => {
    expect((await plan(["--max-model-size", "8B"])).models).toEqual(DEFAULT.slice(2));
    expect((await plan(["--max-model-size", "8B", "--min-model-size", "3B"])).models).toEqual(DEFAULT.slice(2, 4));
  });
});

test("weights bigger than the memory are refused without a start, and both numbers are told", async () => {
  const list = models({ "t/X-900B": {}, "t/Y-7B": {} });
  const bytes = totalmem() + 1e9;
  const snapshot = plantSnapshot(`${world.home}/.cache/huggingface/hub`, "t/X-900B", modelFiles());
  growWeights(join(snapshot, "model.safetensors"), bytes);
  const { result } = await world.tune([...SHORT, "--candidate-models", list]);
  expect(result.infeasible).toEqual([
    {
      model: "t/X-900B",
      rank: 1,
      class: "too_big",
      reason: `weights of ${memorySize(bytes)} exceed the memory of ${memorySize(totalmem())}; not started`,
    },
  ]);
  expect(world.provider.noted("start").some((start) => start["model"] === "t/X-900B")).toBe(false);
});

/** Make the weight file claim and hold (sparsely) so many tensor bytes. */
function growWeights(path: string, bytes: number): void {
  const header = JSON.stringify({ w: { dtype: "U8", shape: [bytes], data_offsets: [0, bytes] } });
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const blob = realpathSync(path);
  writeFileSync(blob, Buffer.concat([prefix, Buffer.from(header)]));
  truncateSync(blob, 8 + header.length + bytes);
}
