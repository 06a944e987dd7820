// `npm run test:mlx`: a real tune of real models through a real mlx_lm.server, and our meter beside mlx-lm's own.
// Biggest model: cannot be loaded under the child's memory limit. Next: passes the TTFT gate. Third: chosen. Fourth: an alternate.
// Skips visibly where no package index answers; Linux only, as the memory limit is the shell's `ulimit -v`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { runBenchmark } from "./mlx-benchmark.mjs";
import { ensureMlx, ensureMlxModels, OFFLINE_ENV } from "./mlx-env.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, "assets", "worker", "cli.cjs");
const home = mkdtempSync(join(tmpdir(), "autotune-mlx-"));
const bin = join(home, "bin");
const dbPath = join(home, "autotune.sqlite");
const env = {
  ...process.env,
  ...OFFLINE_ENV,
  HOME: home,
  PATH: `${bin}:${process.env.PATH}`,
  MLX_AUTOTUNE_TEST_SCOPE: home,
};

/** kB of address space: the 1 GB model needs 2.1 GB at the target context, the 3.3 GB one cannot even be read. */
const LIMIT_KB = 3_000_000;
const TARGET = 300;
/** Prefill of the 1 GB model takes about nine times as long as the 110 MB one's; two streams take twice as long. */
const GATE_FACTOR = 4;
/** Our decode tok/s against mlx_lm.benchmark's, medians of interleaved pairs. */
const TOLERANCE = 0.1;
const PAIRS = { least: 3, most: 9 };
const METER = { promptTokens: 200, generationTokens: 128 };

let passed = 0;
let failed = 0;

async function check(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${error instanceof Error ? error.message.split("\n").join("\n     ") : error}`);
  }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The server under a memory limit, with its Python beside it so that its version can be asked for. */
function installLimited({ server, python }) {
  mkdirSync(bin, { recursive: true });
  const script = (name, text) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script("mlx_lm.server", `ulimit -v ${LIMIT_KB}\nexec "${server}" "$@"`);
  script("python3", `exec "${python}" "$@"`);
}

async function tune(flags) {
  const args = [
    "run",
    "--json",
    "--provider",
    "mlx-lm",
    "--provider-bin",
    join(bin, "mlx_lm.server"),
    "--db-path",
    dbPath,
    "--port",
    String(await freePort()),
    ...flags,
  ];
  const result = await execa(process.execPath, [program, ...args], {
    env,
    extendEnv: false,
    reject: false,
    stderr: ["pipe", "inherit"],
  });
  try {
    return { code: result.exitCode, document: JSON.parse(result.stdout) };
  } catch {
    throw new Error(`exit ${result.exitCode}; stdout is no JSON: ${result.stdout.slice(0, 300)}`);
  }
}

function rows(sql, ...values) {
  const db = new Database(dbPath, { readonly: true });
  try {
    return db.prepare(sql).all(...values);
  } finally {
    db.close();
  }
}

async function wholeTune(models, gateMs) {
  const order = [models["large-1536x24"], models["middle-1024x16"], models["small-512x7"], models["tiny-256x4"]];
  console.log(`\n== A tune of four models; gate ${gateMs} ms`);
  const flags = [
    "--method",
    "fixed",
    "--stage2-replicates",
    "1",
    "--max-tokens",
    "48",
    "--target-context",
    String(TARGET),
    "--gate-ttft-ms",
    String(gateMs),
  ];
  const axes = ["--kv-bits-axis", "unset,8", "--max-batch-axis", "1,2", "--prefill-step-size-axis", "128,2048"];
  const { code, document } = await tune([...flags, ...axes, "--candidate-models", order.join(",")]);
  const [large, middle] = document.infeasible;
  const cells = rows("SELECT * FROM tune_trials WHERE run_id = ? AND stage = 2", document.run_id);
  await check("the run ends with a recipe", () => assert.equal(code, 0, JSON.stringify(document, null, 1)));
  await check("the biggest is refused: it cannot be loaded, and the server goes on answering", () => {
    assert.equal(large?.model, order[0]);
    assert.ok(["load_failed", "out_of_memory"].includes(large.class), large.class);
    assert.match(large.reason, /generation thread died|503/);
  });
  await check("the next is refused at the TTFT gate, with the bound in the reason", () => {
    assert.equal(middle?.model, order[1]);
    assert.equal(middle.class, "ttft_gate");
    assert.ok(middle.reason.includes(`TTFT > ${gateMs} ms`), middle.reason);
  });
  await check("the third is chosen, the fourth stays an alternate", () => {
    assert.equal(document.recommendation?.model, order[2]);
    assert.deepEqual(document.alternates, [order[3]]);
  });
  await check("the version is mlx-lm's and mlx's", () =>
    assert.match(document.machine.binary_version, /^mlx-lm \d.* \/ mlx \d/),
  );
  await check("kv_bits, max_batch and prefill_step_size were measured", () => {
    const seen = (pick) => new Set(cells.filter((cell) => cell.fits === 1).map(pick));
    assert.deepEqual(
      seen((cell) => cell.kv_bits),
      new Set([null, 8]),
    );
    assert.deepEqual(
      seen((cell) => cell.max_batch),
      new Set([1, 2]),
    );
    assert.deepEqual(
      seen((cell) => JSON.parse(cell.knobs_json).prefill_step_size),
      new Set([128, 2048]),
    );
    assert.equal(cells.filter((cell) => cell.kv_bits === 8 && cell.max_batch === 2).length, 0);
    for (const cell of cells)
      console.log(
        `     ${cell.knobs_json}  ${cell.agg_throughput_tps?.toFixed(2)} tok/s, TTFT ${Math.round(cell.ttft_p95_ms)} ms`,
      );
  });
  await check("max_batch 2 had two real concurrent streams", () => {
    const sql =
      "SELECT r.requests_json FROM tune_replicates r JOIN tune_visits v ON v.id = r.visit_id JOIN tune_trials t ON t.id = v.trial_id WHERE t.run_id = ? AND t.max_batch = 2 AND r.state = 'ok'";
    const batches = rows(sql, document.run_id).map((row) => JSON.parse(row.requests_json).length);
    assert.ok(batches.length > 0 && batches.every((streams) => streams === 2), JSON.stringify(batches));
  });
  await check("the prompt had the target length", () => {
    for (const cell of cells.filter((one) => one.fits === 1))
      assert.ok(Math.abs(cell.measured_prompt_tokens - TARGET) <= TARGET * 0.02, String(cell.measured_prompt_tokens));
  });
  return document;
}

/** Paste the recipe's command, and talk to what it starts. */
async function serves(document) {
  const port = await freePort();
  console.log(`\n== ${document.recommendation.serve_command} --port ${port}`);
  const server = spawn("sh", ["-c", `exec ${document.recommendation.serve_command} --port ${port}`], {
    env,
    stdio: "ignore",
  });
  const ended = new Promise((done) => server.once("exit", done));
  try {
    await check("the recipe's serve command really serves", async () => {
      const answer = await askUntilAnswered(`http://127.0.0.1:${port}/v1/chat/completions`, server);
      assert.ok(answer.choices[0].message.content.length > 0);
      assert.equal(answer.usage.completion_tokens, 16);
    });
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

async function askUntilAnswered(url, server) {
  const body = JSON.stringify({
    model: "default_model",
    max_tokens: 16,
    temperature: 0,
    messages: [{ role: "user", content: "Tell a story." }],
  });
  for (let tries = 0; tries < 240 && server.exitCode === null; tries += 1) {
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } }).catch(
      () => null,
    );
    if (response?.ok) return response.json();
    await delay(250);
  }
  throw new Error(`no answer; the server's exit code is ${server.exitCode}`);
}

async function ourDecodeTps(model) {
  const flags = [
    "--method",
    "fixed",
    "--stage2-replicates",
    "1",
    "--target-context",
    String(METER.promptTokens),
    "--max-tokens",
    String(METER.generationTokens),
  ];
  const { document } = await tune([
    ...flags,
    "--kv-bits-axis",
    "unset",
    "--max-batch-axis",
    "1",
    "--prefill-step-size-axis",
    "2048",
    "--candidate-models",
    model,
  ]);
  return document.recommendation.decode_tps_median;
}

/** Pairs are added while the medians differ by more than the tolerance: one loud neighbour must not decide. */
async function compareMeters(model, benchmark) {
  console.log(
    `\n== Our meter beside mlx_lm.benchmark: ${METER.promptTokens} prompt tokens, ${METER.generationTokens} generated, interleaved`,
  );
  const ours = [];
  const theirs = [];
  const difference = () => median(ours) / median(theirs) - 1;
  while (ours.length < PAIRS.least || (Math.abs(difference()) > TOLERANCE && ours.length < PAIRS.most)) {
    ours.push(await ourDecodeTps(model));
    theirs.push((await runBenchmark({ benchmark, model, ...METER })).generationTps);
    console.log(
      `     pair ${ours.length}: ours ${ours.at(-1).toFixed(2)}, benchmark ${theirs.at(-1).toFixed(2)} tok/s`,
    );
  }
  console.log(
    `     medians: ours ${median(ours).toFixed(2)}, benchmark ${median(theirs).toFixed(2)} tok/s, difference ${(difference() * 100).toFixed(1)} %`,
  );
  await check("decode tok/s agrees with mlx_lm.benchmark within 10 %", () =>
    assert.ok(Math.abs(difference()) <= TOLERANCE, `${(difference() * 100).toFixed(1)} %`),
  );
}

async function main() {
  if (process.platform !== "linux") return console.log("SKIPPED: the memory limit of this test needs Linux");
  const mlx = await ensureMlx();
  if ("unreachable" in mlx) {
    console.log(`SKIPPED: ${mlx.unreachable}`);
    if (process.env.CI && mlx.missing === "python") throw new Error("CI must have a Python");
    return;
  }
  const models = await ensureMlxModels(mlx);
  installLimited(mlx);
  const small = models["small-512x7"];
  const { promptTps } = await runBenchmark({
    benchmark: mlx.benchmark,
    model: small,
    promptTokens: TARGET,
    generationTokens: 8,
  });
  const gateMs = Math.round((GATE_FACTOR * TARGET * 1000) / promptTps);
  const document = await wholeTune(models, gateMs);
  if (document.recommendation) await serves(document);
  await compareMeters(small, mlx.benchmark);
}

try {
  await main();
} catch (error) {
  failed += 1;
  console.log(`FAIL ${error instanceof Error ? error.stack : error}`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
