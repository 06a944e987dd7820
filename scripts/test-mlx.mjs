// `npm run test:mlx`: a real tune of real models through a real mlx_lm.server, our meter beside mlx-lm's own, and all that stands
// around a run on what the tune has left.
// Skips visibly where no package index answers; Linux only, as the memory limit is the shell's `ulimit -v`.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { applyServeRevert } from "./mlx-apply.mjs";
import { compares, plans, reports, sweeps, travels } from "./mlx-around.mjs";
import { runBenchmark } from "./mlx-benchmark.mjs";
import { ensureMlx, ensureMlxModels } from "./mlx-env.mjs";
import { compareMeters } from "./mlx-meters.mjs";
import { serves, tuneFlags, wholeTune } from "./mlx-tune.mjs";
import { check, dbPath, env, freePort, home, installPrograms, program, TARGET, tally } from "./mlx-world.mjs";

/** Prefill of the 1 GB model takes about nine times as long as the 110 MB one's; two streams take twice as long. */
const GATE_FACTOR = 4;

async function main() {
  if (process.platform !== "linux") return console.log("SKIPPED: the memory limit of this test needs Linux");
  const mlx = await ensureMlx();
  if ("unreachable" in mlx) {
    console.log(`SKIPPED: ${mlx.unreachable}`);
    if (process.env.CI && mlx.missing === "python") throw new Error("CI must have a Python");
    return;
  }
  const models = await ensureMlxModels(mlx);
  installPrograms(mlx);
  const [small, tiny] = [models["small-512x7"], models["tiny-256x4"]];
  const flags = tuneFlags(models, await gateFor(small, mlx.benchmark));
  const tuned = await timed("tune", () => wholeTune(flags));
  await timed("what the tune left", async () => {
    await plans(flags, tuned);
    await travels(tuned);
    if (tuned.recommendation) await reports(tuned);
  });
  if (tuned.recommendation) {
    await timed("serve", () => serves(tuned));
    await timed("apply, serve, revert", appliesAndReverts);
  }
  const runs = await timed("meters", () => compareMeters(small));
  await timed("compare", () => compares(runs));
  await timed("sweep", () => sweeps(tiny));
}

/** ms that the small model always keeps and the next bigger one never does, on this machine. */
async function gateFor(small, benchmark) {
  const { promptTps } = await runBenchmark({ benchmark, model: small, promptTokens: TARGET, generationTokens: 8 });
  return Math.round((GATE_FACTOR * TARGET * 1000) / promptTps);
}

async function appliesAndReverts() {
  await check("apply writes the recipe, serve serves it, revert takes it back", async () => {
    const { model, tokens } = await applyServeRevert({ program, dbPath, env, port: await freePort() });
    assert.equal(tokens, 16);
    console.log(`     ${model}`);
  });
}

async function timed(name, body) {
  const before = performance.now();
  try {
    return await body();
  } finally {
    console.log(`     (${name}: ${Math.round((performance.now() - before) / 1000)} s)`);
  }
}

try {
  await main();
} catch (error) {
  tally.failed += 1;
  console.log(`FAIL ${error instanceof Error ? error.stack : error}`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
