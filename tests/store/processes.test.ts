// Two and more real processes on one database.
import { afterAll, afterEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { openStore } from "../../worker/store/store.ts";
import { ME, newRun, tempFolder } from "../support/store/store-fixtures.ts";
import { endChildren, startChild } from "../support/store/store-process.ts";

const temp = tempFolder("processes");
afterEach(endChildren);
afterAll(temp.remove);

test("of processes that begin at once exactly one wins; after its kill -9 the next takes over", async () => {
  const path = temp.path("claim.sqlite");
  const children = await Promise.all(["a", "b", "c"].map((id) => startChild("begin", path, id)));
  children.forEach((child) => child.tell());
  const said = await Promise.all(children.map((child) => child.said()));
  expect(said.filter((text) => text === "won")).toHaveLength(1);
  const winner = said.indexOf("won");
  const [winnerId, winnerPid] = ["abc"[winner], children[winner]?.pid];
  for (const text of said.filter((_, index) => index !== winner)) {
    expect(text).toContain(`run ${winnerId} is active (pid ${winnerPid}, since `);
  }

  const store = openStore(path);
  expect(store.readers.runs().map((run) => run.run_id)).toEqual([winnerId]);
  expect(() => store.beginRun(newRun("next"), ME, isSameProcess)).toThrow(/is active/);
  const heartbeat = store.readers.activeRun()?.heartbeat_utc;
  await children[winner]?.kill();
  store.beginRun(newRun("next"), ME, isSameProcess);
  expect(store.readers.run(winnerId ?? "")).toMatchObject({
    exit_reason: "internal_error",
    exit_detail: `the worker (pid ${winnerPid}) died in phase loading, candidate org/x`,
    ended_at_utc: heartbeat,
  });
  expect(store.readers.activeRun()?.run_id).toBe("next");
  store.close();
});

test("kill -9 in the middle of writes leaves a sound file in which no visit is half there", async () => {
  const path = temp.path("killed.sqlite");
  const writer = await startChild("write", path, "run");
  writer.tell();
  expect(await writer.said()).toBe("writing");
  await writer.kill();

  const store = openStore(path);
  expect(store.damage()).toBeNull();
  expect(store.closeDeadRuns(isSameProcess)).toEqual(["run"]);
  const trial = store.readers.trials("run")[0];
  const replicates = store.readers.replicates(trial?.id ?? -1);
  expect(trial?.visits_n).toBeGreaterThanOrEqual(20);
  expect(replicates).toHaveLength(2 * (trial?.visits_n ?? 0));
  expect(trial?.replicates_n).toBe(replicates.length);
  store.close();
});

test("readers beside a busy writer never see data go backwards", async () => {
  const path = temp.path("readers.sqlite");
  const writer = await startChild("write", path, "run");
  writer.tell();
  expect(await writer.said()).toBe("writing");
  const watcher = await startChild("watch", path);
  watcher.tell();

  const store = openStore(path);
  let [last, lastShare, backwards] = [0, 0, 0];
  for (let reads = 0; reads < 300; reads++) {
    const visits = store.readers.trials("run")[0]?.replicates_n ?? 0;
    const share = store.readers.activeRun()?.share ?? 0;
    if (visits < last || share < lastShare) backwards++;
    [last, lastShare] = [visits, share];
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  watcher.tell();
  const watched = JSON.parse(await watcher.said()) as { reads: number; last: number; backwards: number };
  writer.tell();
  expect(await writer.said()).toBe("ended");
  expect([backwards, watched.backwards]).toEqual([0, 0]);
  expect(watched.reads).toBeGreaterThan(50);
  expect(watched.last).toBeGreaterThan(40);
  expect(store.readers.run("run")).toMatchObject({ state: "ended", exit_reason: "ok" });
  store.close();
});

test("the views are readable without the writer's library or its process", () => {
  const path = temp.path("views.sqlite");
  openStore(path).close();
  const db = new Database(path, { readonly: true });
  const views = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")
    .pluck()
    .all() as string[];
  expect(views).toEqual(expect.arrayContaining(["v_active", "v_replicates", "v_runs", "v_timeline", "v_trials"]));
  for (const view of views) expect(db.prepare(`SELECT * FROM ${view}`).all()).toEqual([]);
  db.close();
});
