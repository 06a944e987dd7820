// Contract §4, mlx-lm: what a server does instead of an answer is found out in seconds, and told with its own reason.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { resolve } from "node:path";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { modelFiles, plantFolder } from "../../support/servers/model-files.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

const NYI = "NotImplementedError: RotatingKVCache Quantization NYI";
const TIKTOKEN = "`tiktoken` is required to read a `tiktoken` file. Install it with `pip install tiktoken`.";
/** In the order of the list; the last one serves. */
const VERDICTS: [model: string, failure: string, reason: string | RegExp][] = [
  ["handler-dies", "load_failed", `load failed: it closed the request without an answer: ${NYI}`],
  ["handler-dies-later", "request_failed", `HTTP 200: the answer ended before its first chunk: ${NYI}`],
  [
    "thread-dies",
    "out_of_memory",
    "generation has died, though its port still answers: RuntimeError: [metal::malloc] Resource limit (499000) exceeded.",
  ],
  ["load-dies", "load_failed", `load failed: HTTP 404 generation thread died: still running: ${TIKTOKEN}`],
  ["error-200", "load_failed", /^load failed: HTTP 200 Unexpected endpoint or method\./],
  ["thinks-unseen", "empty_output", /^the answer had no text though 48 tokens were generated/],
  ["ends-early", "invalid", /^only 9 tokens came \(at least 32 wanted\): the model ended its answer early/],
];

let world: World;
let result: RunResult;
beforeAll(async () => {
  world = await createWorld();
  const names = [...VERDICTS.map(([name]) => name), "good"];
  const folders = names.map((name) => plantFolder(`${world.home}/${name}`, modelFiles()));
  const provider = ["--provider", "mlx-lm", "--provider-bin", resolve("tests/support/fake-mlx-lm-server.mjs")];
  // Neither limit may be what ends a candidate: both are longer than this test may take.
  const limits = { "gate-ttft-ms": "600000", "ready-timeout": "600", "max-tokens": "48" };
  const settings = shortTune({ "candidate-models": folders.join(","), "prefill-step-size-axis": "2048", ...limits });
  const finished = await world.run([
    "run",
    ...provider,
    "--port",
    String(world.port),
    "--json",
    "--offline",
    ...settings,
  ]);
  result = JSON.parse(finished.stdout) as RunResult;
}, 120_000);
afterAll(() => world.close());

test.each(VERDICTS)("%s", (name, failure, reason) => {
  const verdict = result.infeasible.find(({ model }) => model.endsWith(`/${name}`));
  expect(verdict).toMatchObject({ class: failure });
  if (reason instanceof RegExp) expect(verdict?.reason).toMatch(reason);
  else expect(verdict?.reason).toBe(reason);
});

test("a server whose list of models never comes is served by", () => {
  expect(result.recommendation?.model).toMatch(/\/good$/);
});
