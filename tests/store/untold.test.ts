// Contract §13: which runs owe the user their end, and that one process at most takes the debt over.
import { afterAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { openStore, type Store } from "../../worker/store/store.ts";
import { ME, newRun, tempFolder } from "../support/store/store-fixtures.ts";

const temp = tempFolder("untold");
afterAll(temp.remove);

const DEAD = { pid: 999_999_999, pidStartedAt: "long ago" };
const OTHER = { pid: 888_888_888, pidStartedAt: "just now" };
const isAlive = (pid: number) => pid !== DEAD.pid;
const END = { exitReason: "ok", detail: null, recommendationJson: "{}", recipeHash: null } as const;

function onStore<T>(path: string, use: (store: Store) => T): T {
  const store = openStore(path);
  try {
    return use(store);
  } finally {
    store.close();
  }
}

const begin = (store: Store, runId: string, link: string | null = null) =>
  store.beginRun({ ...newRun(runId), link }, DEAD, isAlive);
const ids = (store: Store) => store.untold.abandoned(ME, isAlive).map(({ runId }) => runId);

test("a run owes its end from its first row on; who finds it ended and its teller dead takes over, once", () => {
  const path = temp.path("once.sqlite");
  onStore(path, (store) =>
    onStore(path, (second) => {
      const run = begin(store, "a", "raycast://a");
      expect([ids(store), store.untold.has("a"), store.untold.runOf(DEAD)]).toEqual([[], true, "a"]);
      run.ended(END);
      const [seen, seenToo] = [store, second].map((one) => one.untold.abandoned(ME, isAlive)[0]);
      expect(seen).toEqual({ runId: "a", teller: DEAD, link: "raycast://a" });
      if (seen === undefined || seenToo === undefined) throw new Error("nobody owes");
      expect([second.untold.claim(seenToo, OTHER), store.untold.claim(seen, ME)]).toEqual([true, false]);
      expect(ids(store)).toEqual([]);
      second.untold.told("a", "handed over");
      second.untold.told("a", "handed over");
      expect(store.readers.notes("a")).toMatchObject([{ kind: "notification", text: "handed over" }]);
      expect(store.untold.has("a")).toBe(false);
    }),
  );
});

test("a living teller keeps it; one that tries again after a failure may", () => {
  onStore(temp.path("living.sqlite"), (store) => {
    begin(store, "a").ended(END);
    const [seen] = store.untold.abandoned(ME, isAlive);
    if (seen !== undefined) store.untold.claim(seen, OTHER);
    expect([ids(store), store.untold.abandoned(OTHER, isAlive)]).toEqual([
      [],
      [expect.objectContaining({ runId: "a" })],
    ]);
  });
});

test("the run of a dead worker owes its end once it is closed", () => {
  onStore(temp.path("closed.sqlite"), (store) => {
    begin(store, "a");
    expect(ids(store)).toEqual([]);
    store.closeDeadRuns(isAlive);
    expect(ids(store)).toEqual(["a"]);
  });
});

test("a run that is deleted meanwhile owes nothing and takes no note", () => {
  onStore(temp.path("deleted.sqlite"), (store) => {
    begin(store, "a").ended(END);
    store.deleteRun("a");
    store.untold.told("a", "handed over");
    expect([ids(store), store.readers.notes("a")]).toEqual([[], []]);
  });
});

test("runs of an earlier version, imported ones and refused ones owe nothing", () => {
  const [old, there] = [temp.path("old.sqlite"), temp.path("there.sqlite")];
  onStore(old, (store) => begin(store, "earlier").ended(END));
  const db = new Database(old);
  db.exec("DROP TABLE tune_untold; PRAGMA user_version = 7");
  db.close();
  onStore(there, (store) => begin(store, "imported").ended(END));
  onStore(old, (store) => {
    expect(store.importDatabase(there).imported).toEqual(["imported"]);
    store.recordRejected(newRun("refused"), "config_error", "x");
    expect(store.readers.runs().map(({ run_id: id }) => id)).toHaveLength(3);
    expect(ids(store)).toEqual([]);
  });
});
