// Part of `npm run test:mlx`: our meter beside mlx-lm's own, on the same model and lengths, interleaved.
import assert from "node:assert/strict";
import { benchmarkDecodeTps } from "./mlx-benchmark.mjs";
import { check, oneCore, tune } from "./mlx-world.mjs";

/** Our decode tok/s against mlx_lm.benchmark's, medians of interleaved pairs. */
const TOLERANCE = 0.1;
const PAIRS = { least: 3, most: 9 };
const METER = { promptTokens: 200, generationTokens: 128 };

/** Pairs are added while the medians differ by more than the tolerance: one loud neighbour must not decide. @returns ids of our runs */
export async function compareMeters(model) {
  const lengths = `${METER.promptTokens} prompt tokens, ${METER.generationTokens} generated, each on one core`;
  console.log(`\n== Our meter beside mlx_lm.benchmark: ${lengths}, interleaved`);
  const ours = [];
  const theirs = [];
  const runs = [];
  const difference = () => median(ours) / median(theirs) - 1;
  while (ours.length < PAIRS.least || (Math.abs(difference()) > TOLERANCE && ours.length < PAIRS.most)) {
    const { run_id: runId, recommendation } = await measureOurs(model);
    runs.push(runId);
    ours.push(recommendation.decode_tps_median);
    theirs.push(await benchmarkDecodeTps({ benchmark: oneCore.benchmark, model, ...METER }));
    const [our, their] = [ours.at(-1).toFixed(2), theirs.at(-1).toFixed(2)];
    console.log(`     pair ${ours.length}: ours ${our}, benchmark ${their} tok/s`);
  }
  const off = `${(difference() * 100).toFixed(1)} %`;
  console.log(
    `     medians: ours ${median(ours).toFixed(2)}, benchmark ${median(theirs).toFixed(2)} tok/s, difference ${off}`,
  );
  await check("decode tok/s agrees with mlx_lm.benchmark within 10 %", () =>
    assert.ok(Math.abs(difference()) <= TOLERANCE, off),
  );
  return runs;
}

async function measureOurs(model) {
  const flags = {
    "provider-bin": oneCore.server,
    method: "fixed",
    "stage2-replicates": 1,
    "target-context": METER.promptTokens,
    "max-tokens": METER.generationTokens,
    "kv-bits-axis": "unset",
    "max-batch-axis": "1",
    "prefill-step-size-axis": "2048",
    "candidate-models": model,
  };
  return (await tune(flags)).document;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
