import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { openStore, type Store } from "../../worker/store/store.ts";
import {
  figures,
  ME,
  newRun,
  newTrial,
  okReplicate,
  progress,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("retention");
afterAll(temp.remove);

let store: Store;
let path: string;
let files = 0;
beforeEach(() => {
  path = temp.path(`${files++}.sqlite`);
  store = openStore(path);
});
afterEach(() => store.close());

/** A run of day `day` with a trial, a visit, two replicates, a phase and a note; it stays active unless `end`. */
function wholeRun(runId: string, day: number, end = true): void {
  const run = store.beginRun(newRun(runId, `2025-03-0${day}T10:00:00.000Z`), ME, () => true);
  run.phase(progress({ phase: "loading" }));
  run.visitEnded(run.trialStarted(newTrial("org/x")), visit([okReplicate(1), okReplicate(2)]), figures());
  run.note("test", "x");
  if (end) run.ended({ exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null });
}

function sql<T>(query: string): T[] {
  const db = new Database(path);
  const rows = db.prepare(query).pluck().all() as T[];
  db.close();
  return rows;
}

const runIds = () => sql<string>("SELECT run_id FROM tune_runs ORDER BY run_id");

test("all but the newest go, with everything that hangs on them", () => {
  [1, 2, 3, 4].forEach((day) => wholeRun(`run-${day}`, day));
  expect(store.retain(2)).toEqual(["run-2", "run-1"]);
  expect(runIds()).toEqual(["run-3", "run-4"]);
  const tables = ["tune_trials", "tune_visits", "tune_replicates", "tune_phases", "tune_notes"];
  expect(tables.map((table) => sql(`SELECT count(*) FROM ${table}`)[0])).toEqual([2, 2, 4, 4, 2]);
  expect(sql("PRAGMA foreign_key_check")).toEqual([]);
  expect(store.damage()).toBeNull();
});

test("applied and active runs stay whatever their age, and do not save others", () => {
  [2, 3, 4, 5].forEach((day) => wholeRun(`run-${day}`, day));
  new Database(path).exec("UPDATE tune_runs SET applied = 1 WHERE run_id = 'run-2'").close();
  wholeRun("run-1-active", 1, false);
  expect(store.retain(1)).toEqual(["run-4", "run-3"]);
  expect(runIds()).toEqual(["run-1-active", "run-2", "run-5"]);
});

test("fewer runs than are kept lose nothing", () => {
  wholeRun("run-1", 1);
  expect(store.retain(1)).toEqual([]);
  expect(runIds()).toEqual(["run-1"]);
});

test("trials of a prototype, which has no run rows, age as runs of their own", () => {
  const insert = "INSERT INTO tune_trials (ts_utc, run_id, model) VALUES";
  new Database(path)
    .exec(`${insert} ('2025-03-01T00:00:00Z', 'old', 'm'), ('2025-03-05T00:00:00Z', 'recent', 'm'), ('x', NULL, 'm')`)
    .close();
  [2, 3].forEach((day) => wholeRun(`run-${day}`, day));
  expect(store.retain(2)).toEqual(["run-2", "old"]);
  expect(sql("SELECT run_id FROM tune_trials ORDER BY id")).toEqual(["recent", null, "run-3"]);
});

test.each([0, -1, 1.5, NaN])("keeping %s runs is refused and removes nothing", (keep) => {
  wholeRun("run-1", 1);
  expect(() => store.retain(keep)).toThrow(/--retain-runs must be a whole number of at least 1/);
  expect(runIds()).toEqual(["run-1"]);
});
