import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { openStore, type Store } from "../../worker/store/store.ts";
import { failure, newRun, tempFolder } from "../support/store/store-fixtures.ts";

const temp = tempFolder("readers");
afterAll(temp.remove);

let store: Store;
let path: string;
let files = 0;
beforeEach(() => {
  path = temp.path(`${files++}.sqlite`);
  store = openStore(path);
});
afterEach(() => store.close());

const finished = (runId: string, startedAt: string) =>
  store.recordRejected(newRun(runId, startedAt), "no_feasible", "x");

test("an empty file has no runs", () => {
  expect([store.readers.activeRun(), store.readers.latestRun(), store.readers.runs()]).toEqual([null, null, []]);
});

test("runs come newest first by instant, whatever the notation, and by row where that ties", () => {
  finished("one", "2025-03-01T10:00:00Z");
  finished("three", "2025-03-01T12:00:00.000Z");
  finished("two", "2025-03-01T12:30:00+01:00"); // 11:30 UTC
  finished("four", "2025-03-01T12:00:00Z");
  finished("unreadable", "yesterday");
  const ids = (limit?: number) => store.readers.runs(limit).map((run) => run.run_id);
  expect(ids()).toEqual(["four", "three", "two", "one", "unreadable"]);
  expect(ids(2)).toEqual(["four", "three"]);
  expect(store.readers.latestRun()?.run_id).toBe("four");
});

test("a run of this very id is read, and none of a beginning or of no run", () => {
  finished("abcd", "2025-03-01T10:00:00Z");
  const { readers } = store;
  expect(["abcd", "abc", "x"].map((id) => readers.runById(id)?.run_id)).toEqual(["abcd", undefined, undefined]);
  expect(readers.trial(1)).toBeNull();
});

test("a run is found by its id or a beginning of its own; wildcards mean themselves", () => {
  ["abc", "abcd-1", "abcd-2", "x_z", "xyz"].forEach((id) => finished(id, "2025-03-01T10:00:00Z"));
  const { readers } = store;
  expect(["abc", "abcd-1", "x_", "xy"].map((id) => readers.run(id).run_id)).toEqual(["abc", "abcd-1", "x_z", "xyz"]);
  const several = failure(() => readers.run("abcd"));
  expect(several.code).toBe("not_found");
  expect(several.message).toMatch(/"abcd" names 2 runs: abcd-2 \(2025-03-01T10:00:00Z\), abcd-1/);
  for (const none of ["", "%", "ABC", "abcd-1-more"]) {
    expect(failure(() => readers.run(none)).message).toBe(`there is no run "${none}"`);
  }
});

test("JSON of other programs that does not parse reads as null instead of hiding the run", () => {
  finished("odd", "2025-03-01T10:00:00Z");
  new Database(path).exec(`UPDATE tune_runs SET candidate_models_json = '{"not', inputs_json = '[1]'`).close();
  expect(store.readers.run("odd")).toMatchObject({ candidate_models_json: null, inputs_json: null });
});

test("a row of another shape is an internal error that names the query", () => {
  finished("odd", "2025-03-01T10:00:00Z");
  new Database(path).exec("UPDATE tune_runs SET applied = 7").close();
  const error = failure(() => store.readers.runs());
  expect(error.code).toBe("internal_error");
  expect(error.message).toMatch(/v_runs[^]*applied/);
});

test("what Stage 1 found comes newest first, with the limits of its run; where its inputs do not say, there is none", () => {
  finished("old", "2025-03-01T10:00:00Z");
  finished("new", "2025-03-02T10:00:00Z");
  finished("text", "2025-03-03T10:00:00Z");
  const db = new Database(path);
  db.exec("UPDATE tune_runs SET machine_chip = 'M2', machine_ram_gb = 16, provider = 'p', gate_ttft_ms = 500");
  db.exec(`UPDATE tune_runs SET inputs_json = '{"readyTimeoutS": 60}' WHERE run_id = 'new'`);
  db.exec(`UPDATE tune_runs SET inputs_json = '{"not' WHERE run_id = 'old'`);
  db.exec(`UPDATE tune_runs SET inputs_json = '{"readyTimeoutS": "soon"}' WHERE run_id = 'text'`);
  db.exec(`INSERT INTO tune_trials (ts_utc, run_id, stage, model, target_context, misfit_class)
    SELECT started_at_utc, run_id, 1, 't/M', 2000, 'load_timeout' FROM tune_runs`);
  db.close();
  const machine = { chip: "M2", ramGb: 16, simulated: false, provider: "p" };
  const found = store.readers.verdicts("t/M", machine);
  expect(found.map((row) => [row.run_id, row.gate_ttft_ms, row.ready_timeout_s])).toEqual([
    ["text", 500, null],
    ["new", 500, 60],
    ["old", 500, null],
  ]);
  expect(store.readers.verdicts("t/M", { ...machine, ramGb: 32 })).toEqual([]);
});
