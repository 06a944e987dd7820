// Which start of the server a visit measured on, and what the search believed after it: kept, counted, given back, and unknown in
// files and exports of earlier versions. Source: contract §9, §11.
import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import type { ServerStart } from "../../worker/core/measure/visit-times.ts";
import type { Belief } from "../../worker/core/search/belief.ts";
import { storedVisit } from "../../worker/core/runs/stored-visit.ts";
import { readRunDocument, type RunDocument } from "../../worker/store/run-document.ts";
import { openStore, type Store } from "../../worker/store/store.ts";
import {
  BELIEF,
  figures,
  ME,
  newRun,
  newTrial,
  okReplicate,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("starts");
afterAll(temp.remove);

let path: string;
let store: Store;
let files = 0;
beforeEach(() => {
  path = temp.path(`${files++}.sqlite`);
  store = openStore(path);
});
afterEach(() => store.close());

const CONDITIONS = { elapsedSeconds: 3, wallMs: 1500, nonceSet: 1, promptScale: null };
const FRESH: ServerStart = { number: 0, kept: false };
const KEPT: ServerStart = { number: 0, kept: true };

/** A run whose only cell was visited on these starts. */
function run(starts: (ServerStart | null)[], beliefs: (Belief | null)[] = []): void {
  const journal = store.beginRun(newRun("run-a"), ME, () => true);
  const trial = journal.trialStarted(newTrial("org/a", { stage: 2 }));
  for (const [at, start] of starts.entries())
    journal.visitEnded(trial, visit([okReplicate(10)]), figures(), { ...CONDITIONS, start }, beliefs[at]);
  journal.ended({ exitReason: "ok", detail: null, recommendationJson: "{}", recipeHash: null });
}

const startsOf = () => store.readers.visits("run-a").map(({ start_no: no, start_kept: kept }) => [no, kept]);
const trialOf = () => store.readers.trials("run-a")[0];

test("starts and beliefs are kept; a visit that found its server running is no start", () => {
  run([FRESH, KEPT, KEPT, { number: 2, kept: false }], [null, BELIEF]);
  expect(startsOf()).toEqual([
    [0, false],
    [0, true],
    [0, true],
    [2, false],
  ]);
  expect(store.readers.visits("run-a").map(({ belief_json: belief }) => belief)).toEqual([null, BELIEF, null, null]);
  expect(trialOf()).toMatchObject({ visits_n: 4, starts_n: 2 });
});

test("a visit whose start is not known counts as one", () => {
  run([null, null, KEPT]);
  expect(startsOf()).toEqual([
    [null, null],
    [null, null],
    [0, true],
  ]);
  expect(trialOf()).toMatchObject({ visits_n: 3, starts_n: 2 });
});

test("a stored visit gives its start back", () => {
  run([KEPT, null]);
  const visits = store.readers.visits("run-a");
  const knobs = { kv_bits: null, max_concurrency_override: null, max_context_override: null };
  expect(visits.map((row) => storedVisit(row, [], knobs)?.start)).toEqual([KEPT, null]);
});

test("a belief with a number that is none reads as none, and this is noted", () => {
  run([FRESH], [{ ...BELIEF, drift: NaN }]);
  expect(store.readers.visits("run-a")).toMatchObject([{ belief_json: null }]);
  expect(store.readers.notes("run-a")).toMatchObject([
    { kind: "number", text: expect.stringContaining("drift was NaN") },
  ]);
});

test("a file of the version before opens: no start is known, each visit is one", () => {
  run([FRESH, KEPT]);
  store.close();
  const db = new Database(path);
  const views = db.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").pluck().all() as string[];
  for (const view of views) db.exec(`DROP VIEW ${view}`);
  for (const column of ["start_no", "start_kept", "belief_json"])
    db.exec(`ALTER TABLE tune_visits DROP COLUMN ${column}`);
  db.exec("PRAGMA user_version = 8");
  db.close();
  store = openStore(path);
  expect(startsOf()).toEqual([
    [null, null],
    [null, null],
  ]);
  expect(trialOf()).toMatchObject({ visits_n: 2, starts_n: 2 });
});

test("an export carries them; one of the version before is taken in without", () => {
  run([FRESH, KEPT], [null, BELIEF]);
  const db = new Database(path, { readonly: true });
  const document = readRunDocument(db, "run-a") as RunDocument;
  db.close();
  const taken = (file: string, exported: RunDocument) => {
    const other = openStore(temp.path(file));
    expect(other.importDocument(JSON.parse(JSON.stringify(exported)), file).imported).toEqual(["run-a"]);
    const [rows, trials] = [other.readers.visits("run-a"), other.readers.trials("run-a")];
    other.close();
    return { rows, trials };
  };
  expect(taken("today.sqlite", document)).toMatchObject({
    rows: [
      { start_no: 0, start_kept: false, belief_json: null },
      { start_no: 0, start_kept: true, belief_json: BELIEF },
    ],
    trials: [{ visits_n: 2, starts_n: 1 }],
  });
  for (const { visit: row } of document.trials.flatMap(({ visits }) => visits))
    for (const column of ["start_no", "start_kept", "belief_json"]) delete row[column];
  expect(taken("before.sqlite", document)).toMatchObject({
    rows: [{ start_no: null, belief_json: null }, { start_kept: null }],
    trials: [{ visits_n: 2, starts_n: 2 }],
  });
});
