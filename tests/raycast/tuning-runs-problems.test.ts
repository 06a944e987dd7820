// Tuning Runs where something is wrong: what nobody brings back, a dead worker, no run, a database that cannot be read. Contract §5, §14.
import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { describeAnswer } from "../../worker/core/launchd/launchctl-output.ts";
import { SCHEMA_VERSION } from "../../worker/core/runs/schema-version.ts";
import { rows, textOf } from "../raycast-host/index.ts";
import { AGENT, NOBODY, storeActive, storeDrained, storeStuck } from "./support/run-rows.ts";
import { holdDatabase } from "./support/held-database.ts";
import { readRuns, setUpRuns } from "./support/runs-view.ts";

const runs = setUpRuns();

test("what nobody brings back stands on top in red with the commands, and is launched to be brought back once", async () => {
  runs.storeAll();
  runs.world.write((store) => storeDrained(store, "out"));
  const app = await runs.start();
  await readRuns(app);
  expect(app.rows()[0]).toBe(`Not in service: foreground-PID-${NOBODY.pid}`);
  expect(app.text()).toContain("mlx-autotune restore\n      cd / && mlx_lm.server --port 8080 &");
  await app.eventually(() => app.launches.length > 0, "the launch");
  expect(app.launches).toMatchObject([{ name: "cancel-tuning", type: "background", context: { restore: true } }]);
  await app.press("cmd+r");
  await app.act("Restore Provider");
  expect(await app.toast("Nothing is drained any more")).toMatchObject({
    message: `left stopped: foreground-PID-${NOBODY.pid}`,
    primaryAction: "Copy Start Command",
  });
  await app.until((tree) => rows(tree).length === 4, "that it is settled");
  expect(app.launches).toHaveLength(1);
});

test("what was given up, and a run whose worker is gone, are red too", async () => {
  runs.storeAll();
  runs.world.write((store) => {
    storeDrained(store, "failed");
    storeActive(store, {}, NOBODY);
  });
  const app = await runs.start();
  await readRuns(app);
  expect(app.rows().slice(0, 2)).toEqual([`Not in service: foreground-PID-${NOBODY.pid}`, "Run eeeeeeee has died"]);
  expect(app.text()).toContain("It could not be brought back: code 5.");
});

test("a recipe that could not be taken back is red, with the commands, and waits for the user", async () => {
  runs.storeAll();
  runs.world.write(storeStuck);
  const app = await runs.start();
  await readRuns(app);
  expect(app.rows()[0]).toBe("Not serving: live.x");
  expect(app.text()).toContain("it could not be taken back: the disk is full.");
  expect(app.text()).toMatch(
    /mlx-autotune restore\n.*mlx-autotune revert 1\n.*launchctl kickstart -k gui\/501\/live\.x/,
  );
  expect(app.launches).toEqual([]);
});

test("where launchd goes on refusing a service, the alarm says what has helped there, as the terminal does", async () => {
  const lastError = describeAnswer("bootstrap", { code: 5, stdout: "", stderr: "" });
  runs.world.write((store) => storeDrained(store, "failed", { service: AGENT, lastError }));
  const app = await runs.start();
  await readRuns(app);
  expect(app.rows()[0]).toBe("Not in service: launchd-managed live.x");
  const markdown = textOf(app.selected()?.slots["detail"]?.props["markdown"]);
  const said = markdown.slice(markdown.indexOf("If launchd goes on")).replaceAll("\\", "");
  expect(said).toMatch(
    /^If launchd goes on answering 5, these have helped on other Macs:\n\n- launchctl load -w '\/a b.plist'/,
  );
  expect(said).toContain("\n- log out and in again");
  await app.act("Copy Commands");
  expect(app.clipboard).toMatch(
    /^mlx-autotune restore\nlaunchctl enable gui\/501\/live\.x\n[^\n]*bootstrap gui\/501 '\/a b\.plist'$/,
  );
});

test("without a run, and without a database, the next step is offered", async () => {
  const empty = await runs.start();
  await empty.until(() => empty.actions().length > 0, "the empty view");
  expect(empty.text()).toContain("Nothing has been measured yet");
  await empty.act("Find Best Recipe");
  expect(empty.launches).toMatchObject([{ name: "find-best-recipe" }]);
  const missing = await runs.start({ preferences: { databasePath: `${runs.world.home}/none.sqlite` } });
  await missing.until(() => missing.actions().includes("Find Best Recipe"), "the missing view");
  expect(existsSync(`${runs.world.home}/none.sqlite`)).toBe(false);
});

test("while another program holds the database the runs stay, with a note, and go on once it is free", async () => {
  runs.storeAll();
  runs.world.write((store) => storeActive(store));
  const app = await runs.start();
  await readRuns(app);
  const letGo = await holdDatabase(runs.world.dbPath);
  try {
    const note = await app.toast("Another program holds the database");
    expect([note.style, app.rows().length, app.actions().includes("Show Run")]).toEqual(["ANIMATED", 5, true]);
  } finally {
    await letGo();
  }
  await app.eventually(() => app.toasts.every(({ visible }) => !visible), "the end of the note");
  expect(app.rows()).toHaveLength(5);
});

test("an older database is brought up to date on the user's word", async () => {
  runs.storeAll();
  const old = new Database(runs.world.dbPath);
  // Before what step 8 added.
  old.exec("DROP VIEW v_drains; DROP TABLE tune_untold");
  old.pragma("user_version = 7");
  old.close();
  const app = await runs.start();
  await app.until(() => app.actions().includes("Update Database"), "the offer");
  await app.act("Update Database");
  await app.toast("The database is up to date");
  await app.until((tree) => rows(tree).length === 4, "the runs");
});

test("a newer database, and what is none, are said and left alone", async () => {
  runs.world.sql(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  const newer = await runs.start();
  await newer.until(() => newer.text().includes(`knows schemas up to ${SCHEMA_VERSION}`), "the newer schema");
  const path = `${runs.world.home}/text.sqlite`;
  writeFileSync(path, "this is no database, but long enough to be taken for the header of one".repeat(20));
  const unreadable = await runs.start({ preferences: { databasePath: path } });
  await unreadable.until(() => unreadable.text().includes("cannot be read"), "the broken file");
  expect(unreadable.actions()).toEqual(expect.arrayContaining(["Open Autotune Doctor", "Try Again"]));
});
