import { afterAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { AutotuneError } from "../../worker/core/errors.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { SCHEMA_VERSION } from "../../worker/core/runs/schema-version.ts";
import { openStore } from "../../worker/store/store.ts";
import {
  figures,
  MACHINE,
  ME,
  newRun,
  newTrial,
  okReplicate,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("migrations");
afterAll(temp.remove);

/** What the prototype wrote: one table, no stage, nothing about runs; another program's table beside it. */
const PROTOTYPE = `
  CREATE TABLE tune_trials (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, run_id TEXT NOT NULL, model TEXT NOT NULL,
    target_context INTEGER NOT NULL, measured_prompt_tokens INTEGER, max_tokens INTEGER NOT NULL,
    agg_throughput_tps REAL, ttft_p95_ms REAL, fits INTEGER NOT NULL DEFAULT 0, n_err INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX idx_tune_trials_run_id ON tune_trials(run_id);
  CREATE TABLE sweep_runs (id INTEGER PRIMARY KEY, what TEXT);
  INSERT INTO sweep_runs VALUES (1, 'somebody else');
  INSERT INTO tune_trials (ts_utc, run_id, model, target_context, max_tokens, agg_throughput_tps, fits)
    VALUES ('2024-11-02T08:00:00Z', 'proto', 'org/a-7b', 4000, 128, NULL, 0),
           ('2024-11-02T08:05:00Z', 'proto', 'org/a-3b', 4000, 128, 31.25, 1);`;

/** What the reference implementation writes: stricter than ours, an exit reason in every row. */
const REFERENCE = `
  CREATE TABLE tune_trials (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, run_id TEXT NOT NULL, stage INTEGER NOT NULL DEFAULT 1,
    model TEXT NOT NULL, target_context INTEGER NOT NULL, measured_prompt_tokens INTEGER, max_tokens INTEGER NOT NULL,
    agg_throughput_tps REAL, ttft_p95_ms REAL, fits INTEGER NOT NULL DEFAULT 0, n_err INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0, notes TEXT, kv_bits INTEGER, max_context_cap INTEGER, max_batch INTEGER,
    replicates_n INTEGER);
  CREATE TABLE tune_runs (
    run_id TEXT PRIMARY KEY, started_at_utc TEXT NOT NULL, ended_at_utc TEXT, spec_version TEXT NOT NULL,
    binary_version TEXT NOT NULL, machine_ram_gb INTEGER NOT NULL, machine_chip TEXT NOT NULL,
    machine_os_version TEXT NOT NULL, target_context INTEGER NOT NULL, candidate_models_json TEXT NOT NULL,
    stage1_replicates INTEGER NOT NULL, stage2_replicates INTEGER NOT NULL, gate_ttft_ms INTEGER NOT NULL,
    tps_tie_epsilon REAL NOT NULL, recommendation_json TEXT, recipe_hash TEXT, applied INTEGER NOT NULL DEFAULT 0,
    exit_reason TEXT NOT NULL);
  INSERT INTO tune_runs VALUES ('ref', '2025-01-05T09:00:00Z', '2025-01-05T09:20:00Z', 'SPEC-013 v0.3', '1.4.0', 16,
    'Apple M2', '15.2', 4000, '["org/a-7b","org/a-3b"]', 1, 5, 60000, 0.1, '{"model":"org/a-7b"}', 'sha256:00', 1, 'ok');
  INSERT INTO tune_trials (ts_utc, run_id, stage, model, target_context, max_tokens, agg_throughput_tps, fits, kept, kv_bits)
    VALUES ('2025-01-05T09:01:00Z', 'ref', 2, 'org/a-7b', 4000, 128, 22.5, 1, 1, 8);`;

function fixture(name: string, sql: string): string {
  const path = temp.path(name);
  new Database(path).exec(sql).close();
  return path;
}

/** A whole small run, as the flow writes it. */
function runOnce(path: string): void {
  const store = openStore(path);
  const run = store.beginRun(newRun("new"), ME, isSameProcess);
  run.described({ machine: MACHINE, candidates: ["org/b"], provider: "simulated", plannedCells: 6 });
  const trial = run.trialStarted(newTrial("org/b"));
  run.visitEnded(trial, visit([okReplicate(40)]), figures());
  run.kept(trial);
  run.ended({ exitReason: "ok", detail: null, recommendationJson: "{}", recipeHash: null });
  store.close();
}

const columns = (db: Database.Database, table: string) =>
  (db.pragma(`table_info(${table})`) as { name: string }[]).map((column) => column.name);

test("a new file has the contract's columns in the contract's order", () => {
  openStore(temp.path("new.sqlite")).close();
  const db = new Database(temp.path("new.sqlite"));
  expect(columns(db, "tune_trials").join(" ")).toMatch(
    /^id ts_utc run_id stage model target_context measured_prompt_tokens max_tokens agg_throughput_tps ttft_p95_ms fits n_err kept notes kv_bits max_context_cap max_batch replicates_n/,
  );
  expect(columns(db, "tune_runs").join(" ")).toMatch(
    /^run_id started_at_utc ended_at_utc spec_version binary_version machine_ram_gb machine_chip machine_os_version target_context candidate_models_json stage1_replicates stage2_replicates gate_ttft_ms tps_tie_epsilon recommendation_json recipe_hash applied exit_reason/,
  );
  db.close();
});

test("a prototype database keeps its rows, gets stage 1 for them, and takes a run", () => {
  const path = fixture("prototype.sqlite", PROTOTYPE);
  runOnce(path);
  const db = new Database(path);
  expect(db.prepare("SELECT id, run_id, stage, model, agg_throughput_tps, fits, kept FROM tune_trials").all()).toEqual([
    { id: 1, run_id: "proto", stage: 1, model: "org/a-7b", agg_throughput_tps: null, fits: 0, kept: 0 },
    { id: 2, run_id: "proto", stage: 1, model: "org/a-3b", agg_throughput_tps: 31.25, fits: 1, kept: 0 },
    { id: 3, run_id: "new", stage: 1, model: "org/b", agg_throughput_tps: 40, fits: 1, kept: 1 },
  ]);
  expect(db.prepare("SELECT run_id FROM tune_runs").pluck().all()).toEqual(["new"]);
  expect(db.prepare("SELECT what FROM sweep_runs").pluck().all()).toEqual(["somebody else"]);
  expect(columns(db, "tune_trials")).toEqual(
    expect.arrayContaining(["stage", "kept", "notes", "kv_bits", "max_context_cap", "max_batch", "replicates_n"]),
  );
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});

test("a reference database keeps its rows and takes a run whose machine and exit reason come later", () => {
  const path = fixture("reference.sqlite", REFERENCE);
  runOnce(path);
  const store = openStore(path);
  const [newest, old] = [store.readers.run("new"), store.readers.run("ref")];
  expect([newest.exit_reason, newest.machine_chip, newest.trials_n]).toEqual(["ok", "Apple M2", 1]);
  expect([old.exit_reason, old.applied, old.recommendation_json, old.state]).toEqual([
    "ok",
    true,
    '{"model":"org/a-7b"}',
    "ended",
  ]);
  expect(store.readers.trials("ref")).toMatchObject([{ stage: 2, kept: true, kv_bits: 8, knobs_json: null }]);
  store.close();
});

test("the reference implementation's own inserts still work afterwards", () => {
  const path = fixture("reference-after.sqlite", REFERENCE);
  openStore(path).close();
  const db = new Database(path);
  db.exec(`INSERT INTO tune_runs (run_id, started_at_utc, spec_version, binary_version, machine_ram_gb, machine_chip,
      machine_os_version, target_context, candidate_models_json, stage1_replicates, stage2_replicates, gate_ttft_ms,
      tps_tie_epsilon, exit_reason)
    VALUES ('later', '2025-06-01T00:00:00Z', 's', 'b', 16, 'c', 'o', 4000, '[]', 1, 5, 60000, 0.1, 'no_feasible');
    INSERT INTO tune_trials (ts_utc, run_id, model, target_context, max_tokens) VALUES ('x', 'later', 'm', 1, 1);
    INSERT INTO tune_trials (ts_utc, run_id, model, target_context, max_tokens) VALUES ('x', 'later', 'm', 1, 1)`);
  db.close();
  const store = openStore(path);
  expect(store.readers.latestRun()).toMatchObject({ run_id: "later", exit_reason: "no_feasible", trials_n: 2 });
  store.close();
});

test("opening again changes nothing", () => {
  const path = fixture("twice.sqlite", PROTOTYPE);
  openStore(path).close();
  const schema = () => {
    const db = new Database(path);
    const found = [
      db.pragma("user_version", { simple: true }),
      db.prepare("SELECT name, sql FROM sqlite_master").all(),
    ];
    db.close();
    return found;
  };
  const first = schema();
  openStore(path).close();
  expect(schema()).toEqual(first);
  expect(first[0]).toBe(SCHEMA_VERSION);
});

test("a step that fails leaves the file as it was", () => {
  const path = fixture("foreign.sqlite", "CREATE TABLE tune_runs (run_id TEXT, x); CREATE TABLE tune_trials (y)");
  expect(() => openStore(path)).toThrow(AutotuneError);
  expect(() => openStore(path)).toThrow(/its table tune_runs has no primary key "run_id"/);
  const db = new Database(path);
  expect(columns(db, "tune_runs")).toEqual(["run_id", "x"]);
  expect(db.pragma("user_version", { simple: true })).toBe(0);
  db.close();
});
