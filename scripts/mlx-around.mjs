// Part of `npm run test:mlx`: what stands around a run (plan, compare, export and import, report, sweep), on the rows that a tune
// of real models has left, and with a real server. Figures are held against the database and the models' own files.
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { shapes, visibleText } from "../tests/support/html.ts";
import { call, check, dbPath, document, home, rows, whileServing, words } from "./mlx-world.mjs";

/** Sizes against the models' own files, and what the tune has found out. @param flags of the tune */
export async function plans(flags, { run_id: runId }) {
  const { "gate-ttft-ms": gate, ...rest } = flags;
  await check("plan knows weights and KV cache of each model, and what was measured here", async () => {
    const args = ["plan", "--provider", "mlx-lm", ...words({ ...rest, "gate-ttft-ms": gate })];
    const { candidates } = await document(args);
    assert.deepEqual(
      candidates.map((one) => [one.model, one.cached, one.weight_bytes, one.kv_bytes_at_target]),
      flags["candidate-models"]
        .split(",")
        .map((model) => [model, true, tensorBytes(model), kvBytes(model) * flags["target-context"]]),
    );
    assert.deepEqual(
      candidates.map((one) => [one.basis, one.fits]),
      [
        ["measured", false],
        ["measured", false],
        ["measured", true],
        ["estimated", true],
      ],
    );
    const sql = "SELECT agg_throughput_tps AS tps FROM tune_trials WHERE run_id = ? AND model = ? AND stage = 1";
    const [{ tps }] = rows(sql, [runId, candidates[2].model]);
    assert.equal(candidates[2].measured.tps, tps);
  });
}

/** Sum over the header of a safetensors file: each tensor's end minus its beginning. */
function tensorBytes(folder) {
  const handle = openSync(join(folder, "model.safetensors"), "r");
  const read = (bytes, from) => {
    const buffer = Buffer.alloc(bytes);
    readSync(handle, buffer, 0, bytes, from);
    return buffer;
  };
  try {
    const length = Number(read(8, 0).readBigUInt64LE());
    const tensors = Object.values(JSON.parse(read(length, 8).toString())).filter((one) => one.data_offsets);
    return tensors.reduce((sum, { data_offsets: [from, to] }) => sum + to - from, 0);
  } finally {
    closeSync(handle);
  }
}

/** Bytes per token at 16 bits: keys and values of every layer. */
function kvBytes(folder) {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  return 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * 2;
}

/** Two runs of the same model and knobs: the figures are those of the rows, and a difference is called real only beyond its interval. */
export async function compares([wasId, nowId]) {
  await check("compare puts two runs side by side, with the database's figures", async () => {
    const { was, now, comparable, tps, decode_tps: decode, knobs } = await document(["compare", wasId, nowId]);
    assert.deepEqual([was.run_id, now.run_id, comparable, knobs], [wasId, nowId, true, []]);
    assert.equal(was.model, now.model);
    const stored = [wasId, nowId].map(
      (id) => rows("SELECT recommendation_json FROM tune_runs WHERE run_id = ?", [id])[0],
    );
    const [before, after] = stored.map((row) => JSON.parse(row.recommendation_json).recommendation);
    assert.deepEqual([tps.was, tps.now], [before.tps_median, after.tps_median]);
    assert.deepEqual([decode.was, decode.now], [before.decode_tps_median, after.decode_tps_median]);
    assert.ok(Math.abs(tps.change - (tps.now / tps.was - 1)) < 1e-9, String(tps.change));
    console.log(`     ${tps.was.toFixed(2)} to ${tps.now.toFixed(2)} tok/s: ${tps.verdict}`);
  });
}

/** A run as a file, into a fresh database, and out again. */
export async function travels({ run_id: runId }) {
  await check("export and import keep every figure", async () => {
    const file = join(home, "run.json");
    const fresh = join(home, "fresh", "autotune.sqlite");
    await document(["export", runId, "--output", file]);
    const { imported } = await document(["import", file], fresh);
    assert.equal(imported.length, 1);
    const again = await call(["export", runId, "--output", "-"], fresh);
    assert.deepEqual(JSON.parse(again.stdout), JSON.parse(readFileSync(file, "utf8")));
    const figures =
      "SELECT stage, model, knobs_json, agg_throughput_tps, ttft_p95_ms, fits, kept, notes FROM tune_trials WHERE run_id = ? ORDER BY id";
    const [here, there] = [rows(figures, [runId]), rows(figures, [runId], fresh)];
    assert.ok(here.length > 4);
    assert.deepEqual(there, here);
  });
}

/** The page's bars against the rows. */
export async function reports({ run_id: runId, recommendation, infeasible }) {
  await check("report draws the database's figures", async () => {
    const { path } = await document(["report", runId]);
    const page = readFileSync(path, "utf8");
    const sql =
      "SELECT agg_throughput_tps AS tps FROM tune_trials WHERE run_id = ? AND stage = 2 AND fits = 1 ORDER BY id";
    const drawn = shapes(page, "throughput", 0).map((bar) => bar.value);
    assert.deepEqual(
      drawn.toSorted((a, b) => a - b),
      rows(sql, [runId])
        .map((row) => row.tps)
        .sort((a, b) => a - b),
    );
    const text = visibleText(page);
    for (const shown of [recommendation.serve_command, ...infeasible.map((one) => one.reason.split("\n")[0])])
      assert.ok(text.includes(shown.replace(/\s+/g, " ")), `the page does not say: ${shown}`);
  });
}

const CONTEXTS = [100, 200];
const CONCURRENCY = [1, 2];

/** Four cells of a real server. @param model a small one */
export async function sweeps(model) {
  const command = `mlx_lm.server --model '${model}' --host 127.0.0.1`;
  await check("sweep measures a real server, stores its cells and draws them", () =>
    whileServing(command, async (url) => {
      const grid = { contexts: CONTEXTS.join(","), concurrency: CONCURRENCY.join(","), "max-tokens": 32 };
      const swept = await document(["sweep", "--base-url", url, "--model", "default_model", ...words(grid)]);
      const cells = CONTEXTS.flatMap((context) => CONCURRENCY.map((streams) => [context, streams, "feasible"]));
      assert.deepEqual(
        swept.cells.map((cell) => [cell.context, cell.concurrency, cell.state]),
        cells,
        JSON.stringify(swept.cells, null, 1),
      );
      assert.deepEqual([swept.simulated, swept.db_path], [false, dbPath]);
      for (const { context, prompt_tokens: tokens } of swept.cells)
        assert.ok(Math.abs(tokens - context) <= context * 0.02, `${tokens} prompt tokens for ${context}`);
      cellsAreStored(swept);
      heatMapShows(swept);
    }),
  );
}

function cellsAreStored({ sweep_id: id, cells }) {
  const sql =
    "SELECT context, concurrency, agg_throughput_tps AS tps, ttft_p95_ms AS ttft, n_requests, n_err FROM sweep_runs WHERE sweep_id = ? ORDER BY id";
  const stored = rows(sql, [id]);
  assert.deepEqual(
    stored.map((row) => [row.context, row.concurrency, row.tps, row.ttft]),
    cells.map((cell) => [cell.context, cell.concurrency, cell.tps, cell.ttft_p95_ms]),
  );
  assert.ok(stored.every((row) => row.n_requests >= row.concurrency && row.n_err === 0));
  for (const row of stored)
    console.log(
      `     ${row.context} × ${row.concurrency}  ${row.tps.toFixed(2)} tok/s, TTFT ${Math.round(row.ttft)} ms`,
    );
}

function heatMapShows({ report_path: path, cells }) {
  assert.ok(path !== null && existsSync(path), "there is no heat map");
  const table = readFileSync(path, "utf8").split('data-figure="tps"')[1]?.split("</table>")[0] ?? "";
  const drawn = [...table.matchAll(/data-state="feasible"\s+data-value="([^"]+)"/g)].map(([, value]) => Number(value));
  assert.deepEqual(
    drawn.toSorted((a, b) => a - b),
    cells.map((cell) => cell.tps).toSorted((a, b) => a - b),
  );
}
