import { afterAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { judgeCell, type SweepPlan } from "../../worker/core/measure/sweep.ts";
import { openStore } from "../../worker/store/store.ts";
import { tempFolder } from "../support/store/store-fixtures.ts";

const temp = tempFolder("sweeps");
afterAll(temp.remove);

const PLAN: SweepPlan = {
  baseUrl: "http://127.0.0.1:1",
  model: "org/a",
  contexts: [1000],
  concurrency: [1],
  gateMs: 500,
  maxTokens: 64,
  decodeControl: false,
  seed: 1,
};
const SWEEP = { sweepId: "s1", plan: PLAN, simulated: false };
const CELL = judgeCell(
  { context: 1000, concurrency: 1, rounds: 1 },
  [[{ state: "misfit", misfit: { class: "request_failed", reason: "HTTP 503: full" }, status: 503 }]],
  500,
  1.5,
);

/** Make a file with another program's table and keep one cell in it. @returns all rows */
function keepIn(name: string, sql: string): Record<string, unknown>[] {
  const path = temp.path(name);
  new Database(path).exec(sql).close();
  const store = openStore(path);
  store.sweeps.probe(SWEEP);
  store.sweeps.record(SWEEP, CELL);
  store.close();
  const db = new Database(path);
  const rows = db.prepare("SELECT * FROM sweep_runs").all() as Record<string, unknown>[];
  db.close();
  return rows;
}

test("a new file keeps a cell with its failures", () => {
  const [row, ...others] = keepIn("new.sqlite", "");
  expect(others).toEqual([]);
  expect(row).toMatchObject({ sweep_id: "s1", context: 1000, concurrency: 1, feasible: 0, state: "failed", n_err: 1 });
  expect(JSON.parse(String(row?.["failures_json"]))).toEqual([{ status: 503, message: "full" }]);
});

test("a prototype's table keeps its rows and takes ours, whatever it demands", () => {
  const rows = keepIn(
    "prototype.sqlite",
    `CREATE TABLE sweep_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, ts_utc TEXT NOT NULL, context INTEGER NOT NULL,
       concurrency INTEGER NOT NULL, verdict TEXT NOT NULL, agg_throughput_tps REAL);
     INSERT INTO sweep_runs (ts_utc, context, concurrency, verdict) VALUES ('2024-10-01T00:00:00Z', 4000, 2, 'ok');`,
  );
  expect(rows).toMatchObject([
    { id: 1, context: 4000, verdict: "ok", sweep_id: null },
    { id: 2, context: 1000, verdict: null, sweep_id: "s1", state: "failed" },
  ]);
});

test("a table without an id of its own takes rows, too", () => {
  const rows = keepIn("no-id.sqlite", "CREATE TABLE sweep_runs (what TEXT); INSERT INTO sweep_runs VALUES ('theirs')");
  expect(rows).toMatchObject([{ what: "theirs" }, { sweep_id: "s1" }]);
});

test.each([
  ["one row per sweep", "CREATE TABLE sweep_runs (sweep_id TEXT PRIMARY KEY)"],
  ["a view", "CREATE VIEW sweep_runs AS SELECT 1 AS id"],
])("%s is refused before anything is measured, and the file still opens", (name, sql) => {
  expect(() => keepIn(`${name.replaceAll(" ", "-")}.sqlite`, sql)).toThrow(/sweep_runs takes no row/);
});

test("a probe leaves nothing behind", () => {
  const path = temp.path("probe.sqlite");
  const store = openStore(path);
  store.sweeps.probe(SWEEP);
  store.close();
  const db = new Database(path, { readonly: true });
  expect(db.prepare("SELECT count(*) FROM sweep_runs").pluck().get()).toBe(0);
  db.close();
});
