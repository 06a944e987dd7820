// The parser against output captured from mlx_lm.benchmark 0.32.2, and the call against a program that prints it.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchmarkDecodeTps, parseBenchmark, runBenchmark } from "../../scripts/mlx-benchmark.mjs";
import { networkFailure } from "../../scripts/mlx-env.mjs";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const CAPTURED = `Running warmup..
Timing with prompt_tokens=428, generation_tokens=128, batch_size=1.
Trial 1:  prompt_tps=41.250, generation_tps=29.001, peak_memory=0.166, total_time=14.801
Trial 2:  prompt_tps=35.524, generation_tps=25.577, peak_memory=0.166, total_time=17.065
Averages: prompt_tps=38.387, generation_tps=27.289, peak_memory=0.166
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mlx-benchmark-"));
});
afterEach(() => removeFolder(folder));

function program(body: string): string {
  const path = join(folder, "mlx_lm.benchmark");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("takes the averages, not a single trial", () => {
  expect(parseBenchmark(CAPTURED)).toEqual({ promptTps: 38.387, generationTps: 27.289 });
});

test("refuses output without averages, or with a speed that is no positive number", () => {
  expect(() => parseBenchmark("Running warmup..\n")).toThrow("printed no speeds: Running warmup..");
  expect(() => parseBenchmark(CAPTURED.replace("generation_tps=27.289, peak", "generation_tps=nan, peak"))).toThrow();
  expect(() => parseBenchmark(CAPTURED.replace("=27.289", "=0.000"))).toThrow("printed no speeds");
});

test("runs the program with the lengths asked for, one trial unless told, and never online", async () => {
  const benchmark = program(`echo "$* offline=$HF_HUB_OFFLINE" > ${folder}/argv\ncat <<'OUTPUT'\n${CAPTURED}OUTPUT`);
  const lengths = { benchmark, model: "/models/a b", promptTokens: 200, generationTokens: 64 };
  expect(await benchmarkDecodeTps(lengths)).toBe(27.289);
  expect(readFileSync(join(folder, "argv"), "utf8")).toBe(
    "--model /models/a b --prompt-tokens 200 --generation-tokens 64 --num-trials 1 offline=1\n",
  );
});

test("a benchmark that fails is an error with its words", async () => {
  const benchmark = program("echo 'ValueError: no such model' >&2; exit 1");
  const run = runBenchmark({ benchmark, model: "x", promptTokens: 1, generationTokens: 1 });
  await expect(run).rejects.toThrow("no such model");
});

test("pip's failures are told apart: no network, or an index that answers and cannot serve", () => {
  const offline =
    "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError(': Failed to establish a new connection: [Errno 111] Connection refused')': /simple/mlx-lm/\nERROR: No matching distribution found for mlx-lm[cpu]==0.32.2";
  const answered =
    "ERROR: Could not find a version that satisfies the requirement mlx-lm[cpu]==0.32.2 (from versions: 0.1.0, 0.2.0)";
  expect(networkFailure(offline)).toBe("Connection refused");
  expect(networkFailure(answered)).toBeNull();
});
