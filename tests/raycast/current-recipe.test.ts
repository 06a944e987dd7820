// Current Recipe as its user meets it: nothing yet, a diff, applied, stale, edited meanwhile, taken back; with a real worker, a stand-in
// of launchd and a live provider that reads the config. Source: contract §12, §14, §15.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { dump, launch, rows, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { recipeJson } from "../../src/lib/recipe/recipe-json.ts";
import type { Recommendation, RunResult } from "../../worker/core/result/recipe.ts";
import { configText, createApplyWorld, LABEL, NEW, OLD, type ApplyWorld } from "../support/worlds/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";

const open: App[] = [];
let built: BuiltCommands;
let world: ApplyWorld;
let text: string;

beforeAll(async () => {
  built = await buildCommands("current-recipe");
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  await world.reset();
});
afterAll(async () => {
  built.remove();
  expect(await world.close()).toEqual([]);
});

async function start(options: LaunchOptions = {}): Promise<App> {
  const app = await launch("current-recipe", {
    dist: built.dist,
    home: world.mac.home,
    env: world.mac.env as Record<string, string>,
    ...options,
  });
  open.push(app);
  return app;
}

/** The list with its rows, once it is known whether they hold. */
async function listed(app: App, count: number): Promise<void> {
  await app.until((tree) => rows(tree).length === count && tree.props["isLoading"] === false, `${count} rows`);
  await app.until(() => !isAsking(app), "the worker's answer");
}

/** Whether the detail of a row waits for the worker. */
const isAsking = (app: App) => app.find("List.Item.Detail", { isLoading: true }) !== undefined;

/** From the list to the diff of what the first row's action would change. */
async function diffOf(app: App, action = "Apply Recipe…"): Promise<void> {
  await app.act(action);
  await app.until((tree) => tree.type === "Detail" && tree.props["isLoading"] === false, "the diff");
}

const states = () =>
  world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").map(({ state }) => state);
const applied = () =>
  text.replace(`"${OLD}"`, `"${NEW}"`).replace("kv_bits: 4\r\n", "kv_bits: 8\r\nmax_concurrency_override: 2\r\n");

test("without a database, and without a recipe, the next step is offered", async () => {
  const app = await start();
  await app.until((tree) => tree.props["isLoading"] === false, "the empty view");
  expect(app.text()).toContain("Nothing has been measured yet.");
  await app.act("Find Best Recipe");
  expect(app.launches.at(-1)).toMatchObject({ name: "find-best-recipe" });
});

test("the diff is shown, confirmed and applied with a restart; stale is said with its reasons; then it is taken back", async () => {
  await world.loadProvider();
  const runId = world.storeRecipe();
  const app = await start({ answer: true });
  await listed(app, 1);
  expect(app.text()).toMatch(/Not Applied/);
  await diffOf(app);
  const diff = app.text();
  expect(diff).toContain(`+model: "${NEW}"   # the one that works`);
  expect(diff).toContain("-kv_bits: 4");
  expect(diff).toContain(`${LABEL} will be restarted`);
  expect(diff).not.toContain("tok-5f3a9c1e77");

  await app.act("Apply Recipe");
  expect(app.alerts.at(-1)?.message).toContain("Model: Old-3B-4bit → New-7B-4bit");
  expect(await app.toast("Recipe applied")).toMatchObject({ style: "SUCCESS" });
  expect([world.config(), await world.served()]).toEqual([applied(), [NEW]]);
  const toast = app.toasts.find(({ title }) => title === "Recipe applied");
  expect(toast?.history[0]).toMatchObject({ style: "ANIMATED", title: "Applying the recipe" });

  await app.until((tree) => tree.type === "List" && app.actions().includes("Revert Recipe…"), "the list again");
  await app.until(() => /Stale/.test(app.text()), "stale");
  expect(app.text()).toMatch(/chip: Apple M2, now /);
  expect(app.text()).toContain("config written");
  await app.act("Show Run");
  expect(app.launches.at(-1)).toMatchObject({ name: "tuning-runs", context: { runId } });
  await app.act("Copy Recipe Hash");
  expect(app.clipboard).toMatch(/^sha256:/);
  await app.act("Copy Recipe as JSON");
  const [stored] = world.rows<{ json: string }>("SELECT recommendation_json AS json FROM tune_runs");
  expect(app.clipboard).toBe(
    recipeJson((JSON.parse(stored?.json ?? "") as RunResult).recommendation as Recommendation),
  );
  await app.act("Show Backup in Finder");
  expect(app.opened.at(-1)).toMatchObject({ how: "finder", target: expect.stringContaining("config.yaml.bak-") });

  await diffOf(app, "Revert Recipe…");
  await app.act("Revert Recipe");
  await app.toast("Recipe reverted");
  expect([world.config(), await world.served(), states()]).toEqual([text, [OLD], ["reverted"]]);
}, 60_000);

test("what the database knows is there at once; only whether it still holds waits for the worker", async () => {
  const runId = world.storeRecipe();
  await world.run(["apply", "--yes", runId]);
  const [node, go] = [join(world.mac.home, "slow-node"), join(world.mac.home, "go")];
  const slow = `[ "$1" = --version ] || while [ ! -e '${go}' ]; do sleep 0.05; done\nexec '${process.execPath}' "$@"`;
  writeFileSync(node, `#!/bin/sh\n${slow}\n`, { mode: 0o755 });
  const app = await start({ preferences: { nodeBinary: node } });
  await app.until((tree) => rows(tree).length === 1, "the row");
  expect([app.find("List", { isLoading: false }) !== undefined, isAsking(app)]).toEqual([true, true]);
  expect(app.text()).toContain("being checked");
  expect(app.text()).toContain("config written");
  expect(app.actions().slice(0, 2)).toEqual(["Show Run", "Revert Recipe…"]);
  expect(app.text()).not.toMatch(/stale/);
  writeFileSync(go, "");
  await app.until(() => !isAsking(app), "the worker's answer");
  expect(app.text()).toMatch(/chip: Apple M2, now /);

  // A newer recipe is another question.
  world.storeRecipe({ model: "mlx-community/Newest-1B-4bit" });
  await listed(app, 2);
  await app.until(() => app.findAll("List.Item", { title: "Newest-1B-4bit" }).length === 1, "the newer recipe");
  await app.until((tree) => !/unknown|being checked/.test(dump(rows(tree)[1] ?? null)), "whether it holds");
}, 60_000);

test("a simulated recipe is asked about before its changes are shown, and declined, the list is back", async () => {
  world.storeRecipe({ simulated: true });
  const app = await start({ answer: false });
  await listed(app, 1);
  await app.act("Apply Recipe…");
  await app.until(() => app.alerts.length === 1, "the question");
  expect(app.alerts[0]?.title).toBe("Apply Simulated Recipe?");
  await app.until((tree) => tree.type === "List", "the list again");

  app.answer(true);
  await diffOf(app);
  expect(app.alerts.map(({ title }) => title)).toEqual(["Apply Simulated Recipe?", "Apply Simulated Recipe?"]);
  expect(app.text()).toContain(`+model: ${NEW}`);
  await app.act("Apply Recipe");
  expect(await app.toast("Recipe applied")).toMatchObject({ style: "SUCCESS" });
}, 60_000);

test("declined changes nothing; a config edited while the dialog is open is refused and can be looked at again", async () => {
  world.storeRecipe();
  const app = await start({ answer: false });
  await listed(app, 1);
  await diffOf(app);
  await app.act("Apply Recipe");
  await app.eventually(() => app.alerts[0]?.answer === false, "the declined dialog");
  await app.until(() => app.actions()[0] === "Apply Recipe", "the action again");
  expect([app.alerts.length, app.toasts.length, world.config(), world.backups()]).toEqual([1, 0, text, []]);

  const edited = `${text}\r\nby_hand: 1\r\n`;
  app.answer(() => {
    world.writeConfig(edited);
    return true;
  });
  await app.act("Apply Recipe");
  const refused = await app.toast("The config was changed meanwhile");
  expect(refused).toMatchObject({ style: "FAILURE", primaryAction: "Look Again", secondaryAction: "Copy Log" });
  expect([world.config(), world.backups(), states()]).toEqual([edited, [], []]);

  await app.pressToast("Look Again");
  await app.until(() => /by_hand: 1/.test(app.text()), "the new diff");
  app.answer(true);
  await app.act("Apply Recipe");
  await app.toast("Recipe applied");
  expect(world.config()).toContain(NEW);
}, 60_000);

test("a provider that does not come up with it is put back, and the reason is told with its log", async () => {
  await world.loadProvider();
  world.setScenario({ models: { [NEW]: { loadExit: { code: 1, stderr: "no such weights" } } } });
  world.storeRecipe();
  const app = await start({ answer: true });
  await listed(app, 1);
  await diffOf(app);
  await app.act("Apply Recipe");
  const toast = await app.toast("Rolled back");
  expect(toast).toMatchObject({ style: "FAILURE", primaryAction: "Copy Log" });
  expect(toast.message).toMatch(/did not come up with New-7B-4bit: it ended .*It serves as before/);
  expect([world.config(), await world.served(), states()]).toEqual([text, [OLD], ["rolled_back"]]);
}, 60_000);

test("a swept context below what is configured leaves the choice: keep it, or lower it", async () => {
  world.storeRecipe({ contexts: [2000, 4000] });
  const app = await start({ answer: true });
  await listed(app, 1);
  await diffOf(app);
  expect(app.text()).toContain("2000 is below what is configured now");
  expect(app.actions().slice(0, 2)).toEqual(["Keep Context", "Lower Context"]);
  await app.act("Lower Context");
  await app.until(() => /\+max_context_override: 2000/.test(app.text()), "the diff with the cap");
  await app.pop();
  await diffOf(app);
  await app.act("Keep Context");
  await app.until(() => /as you chose/.test(app.text()), "the diff without it");
  expect(app.text()).not.toContain("+max_context_override");
}, 60_000);

test("after a checkout of the old file it is not applied any more, key by key; applying it again comes first", async () => {
  world.storeRecipe();
  await world.run(["apply", "--yes"]);
  const app = await start({ answer: true });
  await listed(app, 1);
  await app.until(() => /\| State: \{Applied\}/.test(app.text()), "the state");
  expect(app.text()).toContain("## Applied Last");
  expect(app.actions().slice(0, 2)).toEqual(["Show Run", "Revert Recipe…"]);

  world.writeConfig(text);
  await app.until(() => /\| State: \{Applied, Edited Since\}/.test(app.text()), "the state after the checkout");
  expect(app.text()).toMatch(/> New-7B-4bit .*\{Applied, Edited Since\}/);
  expect(app.text()).toContain(`- model: ${OLD} now, ${NEW} applied`);
  expect(app.text()).toContain("**Edited since it was applied**");
  expect(app.actions().slice(0, 3)).toEqual(["Show Run", "Apply Recipe…", "Revert Recipe…"]);
  await diffOf(app);
  await app.act("Apply Recipe");
  await app.toast("Recipe applied");
  expect(world.config()).toBe(applied());
  // Of the two applications the first one says nothing of the file any more.
  await app.until((tree) => rows(tree).length === 2, "both");
  await app.select("application-2");
  await app.until(() => /\| State: \{Applied\}/.test(app.text()), "the state after it was applied again");
  expect(app.text()).toMatch(/## Before\n[^]*\{Replaced\}/);
}, 60_000);

test("a config that is gone or cannot be read is said to be so, also of an application that nobody saw come up", async () => {
  world.storeRecipe();
  await world.run(["apply", "--yes"]);
  const db = new Database(world.dbPath);
  db.exec("UPDATE recipe_applications SET state = 'unverified'");
  db.close();
  const app = await start();
  await listed(app, 1);
  await app.until(() => /\| State: \{Unverified\}/.test(app.text()), "that it holds");
  expect(app.text()).toContain("nobody saw the provider come up with it");
  rmSync(world.configPath);
  await app.until(() => /\| State: \{Config Gone\}/.test(app.text()), "that it is gone");
  mkdirSync(world.configPath);
  await app.until(() => /\| State: \{Config Unreadable\}/.test(app.text()), "that it cannot be read");
  expect(app.text()).toContain(`${world.configPath} is not a file`);
  expect(app.text()).not.toMatch(/State: \{Applied/);
}, 60_000);

test("a key that was edited since is only taken back by force, after its diff", async () => {
  world.storeRecipe();
  await world.run(["apply", "--yes"]);
  world.writeConfig(world.config().replace("kv_bits: 8", "kv_bits: 2"));
  const app = await start({ answer: true });
  await listed(app, 1);
  await diffOf(app, "Revert Recipe…");
  expect(app.text()).toContain("kv\\_bits was edited after that recipe was applied");
  await app.act("Revert Anyway");
  await app.until(() => /-kv_bits: 2/.test(app.text()), "the diff by force");
  await app.act("Revert Recipe");
  await app.toast("Recipe reverted");
  expect(world.config()).toBe(text);
}, 60_000);
