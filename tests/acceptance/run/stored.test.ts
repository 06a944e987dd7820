// Contract §11 and §16 case 16: what a run leaves in the database, and what becomes of rows that were there before.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

test("16: one row per candidate and per cell, their replicates with raw times, one row kept", async () => {
  plantModels(world, { "t/Big-32B": { loadExit: { code: 137 } }, [MODEL]: { tps: 100 } });
  const { result } = await world.tune(
    shortTune({ "candidate-models": `t/Big-32B,${MODEL}`, "stage2-replicates": "2", "kv-bits-axis": "unset,8" }),
  );
  const columns = "stage, model, kv_bits, fits, replicates_n, measured_prompt_tokens, max_tokens, target_context";
  const common = { max_tokens: 32, target_context: 256 };
  const served = { ...common, model: MODEL, fits: 1, measured_prompt_tokens: expect.any(Number) };
  expect(world.rows(`SELECT ${columns} FROM tune_trials ORDER BY id`)).toEqual([
    {
      ...common,
      stage: 1,
      model: "t/Big-32B",
      kv_bits: null,
      fits: 0,
      replicates_n: 0,
      measured_prompt_tokens: null,
    },
    { ...served, stage: 1, kv_bits: null, replicates_n: 1 },
    { ...served, stage: 2, kv_bits: null, replicates_n: 2 },
    { ...served, stage: 2, kv_bits: 8, replicates_n: 2 },
  ]);
  const { kv_bits } = result.recommendation?.knobs ?? {};
  expect(world.rows("SELECT stage, kv_bits FROM tune_trials WHERE kept = 1")).toEqual([{ stage: 2, kv_bits }]);
  expectRawTimes();
  for (const suffix of ["", "-wal", "-shm"]) {
    const mode = statSync(world.dbPath + suffix, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) expect(mode & 0o777).toBe(0o600);
  }
  expect(statSync(dirname(world.dbPath)).mode & 0o777).toBe(0o700);
});

function expectRawTimes(): void {
  const raw = world.rows<{ chunk_times_json: string; requests_json: string; tps: number }>(
    "SELECT * FROM tune_replicates",
  );
  expect(raw).toHaveLength(5);
  for (const row of raw) {
    const [times] = JSON.parse(row.chunk_times_json) as number[][];
    const [request] = JSON.parse(row.requests_json) as {
      ttftMs: number;
      totalMs: number;
      completionTokens: number;
    }[];
    expect(times).toHaveLength(32);
    expect(times).toEqual(times?.toSorted((a, b) => a - b));
    expect(request).toMatchObject({ ttftMs: times?.[0], completionTokens: 32 });
    expect(request?.totalMs).toBeGreaterThanOrEqual(times?.at(-1) ?? Infinity);
    expect(row.tps).toBeCloseTo((32 / (request?.totalMs ?? 0)) * 1000, 6);
  }
}

test("16: a database of the prototype is brought up to date in place and keeps its rows", async () => {
  mkdirSync(dirname(world.dbPath), { recursive: true });
  const db = new Database(world.dbPath);
  db.exec(`CREATE TABLE tune_trials (id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, run_id TEXT NOT NULL,
      model TEXT NOT NULL, target_context INTEGER NOT NULL, measured_prompt_tokens INTEGER, max_tokens INTEGER,
      agg_throughput_tps REAL, ttft_p95_ms REAL, fits INTEGER NOT NULL, n_err INTEGER NOT NULL, kept INTEGER NOT NULL,
      notes TEXT, kv_bits INTEGER, max_context_cap INTEGER, max_batch INTEGER);
    INSERT INTO tune_trials (ts_utc, run_id, model, target_context, agg_throughput_tps, fits, n_err, kept, notes)
    VALUES ('2025-06-01T10:00:00Z', 'prototype-1', 'old/Model', 2000, 33.5, 1, 0, 1, 'by hand');`);
  db.close();
  plantModels(world, { [MODEL]: {} });
  const { code, result } = await world.tune(shortTune());
  expect(code).toBe(0);
  const rows = world.rows("SELECT run_id, stage, model, agg_throughput_tps, kept, notes FROM tune_trials ORDER BY id");
  expect(rows[0]).toEqual({
    run_id: "prototype-1",
    stage: 1,
    model: "old/Model",
    agg_throughput_tps: 33.5,
    kept: 1,
    notes: "by hand",
  });
  expect(rows.slice(1)).toMatchObject([
    { run_id: result.run_id, stage: 1 },
    { run_id: result.run_id, stage: 2, kept: 1 },
  ]);
});

test("--retain-runs: older runs go with all that hangs on them, and their reports; other files stay", async () => {
  const reports = join(dirname(world.dbPath), "reports");
  const run = async () => {
    const { run_id: id } = (await world.tune(shortTune({ "retain-runs": "2" }))).result;
    await world.run(["report"]);
    return id;
  };
  const ids = [await run(), await run()];
  writeFileSync(join(reports, "mine.html"), "");
  ids.push(await run(), await run());
  expect(readdirSync(reports).sort()).toEqual([...ids.slice(2).map((id) => `${id}.html`), "mine.html"].sort());
  const kept = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs ORDER BY started_at_utc");
  expect(kept.map((row) => row.run_id)).toEqual(ids.slice(2));
  for (const table of ["tune_trials", "tune_phases"])
    expect(world.rows(`SELECT DISTINCT run_id FROM ${table}`)).toHaveLength(2);
  expect(world.rows("SELECT * FROM tune_visits")).toHaveLength(2);
});
