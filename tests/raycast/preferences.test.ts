// What the preferences name: extension and worker mean the same file, and what is not there is named with the way to mend it.
import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { launch, rows, run, textOf, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { createWorld, until, type World } from "../support/worlds/program.ts";
import { processesWith, rows as rowsOf } from "../support/worlds/worker-place.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { IDS, storeRecipe } from "./support/run-rows.ts";
import { openStore } from "../../worker/store/store.ts";

const COMMANDS = ["find-best-recipe", "tuning-runs", "autotune-status", "autotune-doctor", "cancel-tuning"];
const PATIENCE = { timeoutMs: 60_000 };

let built: BuiltCommands;
let world: World;
const open: App[] = [];
beforeAll(async () => (built = await buildCommands(...COMMANDS)));
afterAll(() => built.remove());
beforeEach(async () => (world = await createWorld()));
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  await until("the end of all workers", () => processesWith(world.home).length === 0);
  await world.close();
});

const options = (preferences: Record<string, string>, more: LaunchOptions = {}): LaunchOptions => ({
  ...{ dist: built.dist, home: world.home, env: world.env, preferences },
  ...more,
});

async function start(command: string, preferences: Record<string, string>, more: LaunchOptions = {}): Promise<App> {
  const app = await launch(command, options(preferences, more));
  open.push(app);
  return app;
}

/** A short simulated tune, on the test's own port. */
async function fillShort(app: App): Promise<void> {
  await app.until(() => app.find("Form.TextField"), "the form");
  const values = {
    ...{ provider: "simulated", candidates: "own", models: "t/Small-1B", targetContext: "256", advanced: true },
    ...{ kvBitsAxis: "unset", maxBatchAxis: "1", maxTokens: "32", port: String(world.port) },
  };
  for (const [id, value] of Object.entries(values)) await app.fill({ [id]: value });
}

test("with a relative path a tune is started, stored below the home folder, and found by every view", async () => {
  mkdirSync(join(world.home, "my runs"));
  const databasePath = "my runs/tunes.sqlite";
  const file = join(world.home, databasePath);
  const form = await start("find-best-recipe", { databasePath });
  await fillShort(form);
  await form.submit("Start Tuning");
  expect((await form.toast("Started", PATIENCE)).style).toBe("SUCCESS");
  const ended = () => rowsOf<{ run_id: string }>(file, "SELECT run_id FROM v_runs WHERE state = 'ended'");
  await until("the end of the run", () => ended()[0]);
  expect(existsSync(world.dbPath)).toBe(false);

  for (const typed of [
    databasePath,
    `"${file}"`,
    `~/${databasePath}`,
    `$HOME/${databasePath}`,
    encodeURI(`file://${file}`),
  ]) {
    const list = await start("tuning-runs", { databasePath: typed });
    await list.until((tree) => rows(tree).length === 1, `the run in ${typed}`);
  }
  const doctor = await start("autotune-doctor", { databasePath });
  await doctor.until(() => doctor.find("List.Item", { id: "database" }), "the report", PATIENCE);
  await doctor.select("database");
  expect(textOf(doctor.selected()?.slots["detail"]?.props["markdown"])).toMatch(/~\/my runs\/tunes\.sqlite: 1 run,/);
});

/** A user's folder that is not there, outside of this home. */
const elsewhere = () => join(dirname(world.home), `other-${basename(world.home)}`);

test("another Mac's home is named, with the preferences first, and nothing is started or made", async () => {
  const folder = elsewhere();
  const databasePath = join(folder, ".config/mlx-autotune/autotune.sqlite");
  const message = `The folder ${folder} is not there.`;
  const list = await start("tuning-runs", { databasePath });
  await list.until(() => list.actions().length > 0, "the empty view");
  expect(list.text()).toContain(message);
  expect([list.actions()[0], list.actions().includes("Find Best Recipe")]).toEqual(["Open Preferences", false]);
  await list.act("Open Preferences");
  expect(list.opened).toMatchObject([{ how: "extension preferences" }]);

  const form = await start("find-best-recipe", { databasePath });
  await fillShort(form);
  await form.submit("Start Tuning");
  expect(await form.toast("The tune did not start", PATIENCE)).toMatchObject({
    message: `${message} Connect its disk or make it, or change Database in the extension's preferences.`,
    ...{ primaryAction: "Open Preferences", secondaryAction: "Copy Log" },
  });

  const menu = await start("autotune-status", { databasePath }, { launchType: "background" });
  await menu.until(() => menu.find("MenuBarExtra.Item", { title: message }), "the menu");
  await menu.act(message);
  expect(menu.opened).toMatchObject([{ how: "extension preferences" }]);

  const cancel = await run("cancel-tuning", options({ databasePath }));
  expect([cancel.huds, cancel.toasts[0]]).toMatchObject([
    [],
    { title: "The run was not cancelled", primaryAction: "Open Preferences" },
  ]);
  expect(existsSync(folder)).toBe(false);
});

test("a file that is not there is named as chosen, and the first run may make it", async () => {
  const list = await start("tuning-runs", { databasePath: "none.sqlite" });
  await list.until(() => list.actions().length > 0, "the empty view");
  expect(list.text()).toContain(`There is no database at ${world.home}/none.sqlite.`);
  expect(list.actions().slice(0, 2)).toEqual(["Open Preferences", "Find Best Recipe"]);
  const usual = await start("tuning-runs", {});
  await usual.until(() => usual.actions().length > 0, "the usual empty view");
  expect(usual.text()).toContain("Nothing has been measured yet.");
  expect(usual.actions()[0]).toBe("Find Best Recipe");
});

const WRONG = {
  databasePath: "$RUNS/x.sqlite",
  providerBinary: "~/gone/mlx_lm.server",
  modelCache: "smb://nas/hub",
};
const TOLD = {
  database: /begins with a variable, and only &#36;HOME is known/,
  provider: /The Provider Program preference: \/.*\/gone\/mlx\\_lm\.server is not there\./,
  models: /The Model Cache preference: "smb&#58;\/\/nas\/hub" is an address and no path\./,
};

test("the doctor names each preference that names nothing, beside all other checks, and no flag of a terminal", async () => {
  mkdirSync(dirname(world.dbPath), { recursive: true });
  const store = openStore(world.dbPath);
  storeRecipe(store, IDS.recipe, "2026-03-03T10:00:00.000Z", 41.8);
  store.close();
  const app = await start("autotune-doctor", WRONG);
  await app.until(() => app.find("List.Item", { id: "database" }), "the report", PATIENCE);
  for (const [id, text] of Object.entries(TOLD)) {
    await app.select(id);
    const markdown = textOf(app.selected()?.slots["detail"]?.props["markdown"]);
    expect(markdown).toMatch(text);
    expect(markdown).not.toContain("--");
    expect(app.actions()[0]).toBe("Open Preferences");
  }
  // Of the usual place, which is not meant.
  expect(app.find("List.Item", { id: "last-run" })).toBeUndefined();
  expect(app.find("List.Item", { id: "memory" })).toBeDefined();
  expect(app.find("List.Item", { id: "summary" })?.props["title"]).toBe("A run could not start");
});

test("a provider program that is gone keeps a tune from starting, not the history from being shown", async () => {
  const { providerBinary } = WRONG;
  const list = await start("tuning-runs", { providerBinary });
  await list.until(() => list.text().includes("Nothing has been measured yet."), "the history");
  const form = await start("find-best-recipe", { providerBinary });
  await fillShort(form);
  await form.submit("Start Tuning");
  expect(await form.toast("The tune did not start", PATIENCE)).toMatchObject({
    message: expect.stringMatching(
      /gone\/mlx_lm\.server is not there\. Change Provider Program in the extension's preferences/,
    ),
    primaryAction: "Open Preferences",
  });
});
