// The menu bar is told by other commands when a run begins or ends; nobody puts it there who does without it. Contract §14.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { launch, rows, type App } from "../raycast-host/index.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { createRunRows, IDS, storeActive, storeRecipe, type RunRows } from "./support/run-rows.ts";

const WOKEN = [{ name: "autotune-status", type: "background" }];
let built: BuiltCommands;
let world: RunRows;
const open: App[] = [];

beforeAll(async () => {
  built = await buildCommands("autotune-status", "tuning-runs");
});
afterAll(() => built.remove());
beforeEach(() => {
  world = createRunRows();
  world.write((store) => storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8));
});
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  world.remove();
});

async function start(name: string): Promise<App> {
  const env = { MLX_AUTOTUNE_TEST_SCOPE: world.home };
  const app = await launch(name, { dist: built.dist, home: world.home, env });
  open.push(app);
  await app.eventually(() => app.paints.at(-1)?.isLoading === false, "rest");
  return app;
}

/** A run begins, and ends, while the runs are looked at. */
async function watchRun(): Promise<App> {
  const view = await start("tuning-runs");
  world.write((store) => storeActive(store));
  await view.press("cmd+r");
  await view.until((tree) => rows(tree).length === 2, "the run");
  return view;
}

const endRun = () =>
  world.sql(
    `DELETE FROM tune_active; UPDATE tune_runs SET ended_at_utc = started_at_utc WHERE run_id = '${IDS.active}'`,
  );

test("a run that is seen to begin and to end wakes the menu bar each time", async () => {
  await start("autotune-status");
  const view = await watchRun();
  await view.eventually(() => view.launches.length === 1, "the first launch");
  endRun();
  await view.eventually(() => view.launches.length === 2, "the second launch");
  expect(view.launches).toEqual([...WOKEN, ...WOKEN]);
});

test("who does without the menu bar does not get it", async () => {
  const view = await watchRun();
  endRun();
  await view.until(() => !view.text().includes("## Active"), "its end");
  expect(view.launches).toEqual([]);
});
