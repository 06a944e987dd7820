// Tuning Runs over rows that the worker's own store wrote, with the built worker behind the actions: a world per test.
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { launch, rows, type App, type LaunchOptions } from "../../raycast-host/index.ts";
import { buildCommands, type BuiltCommands } from "./build-commands.ts";
import { createRunRows, IDS, storeFailure, storeRecipe, type RunRows } from "./run-rows.ts";

export interface RunsView {
  /** The present test's rows. */
  readonly world: RunRows;
  start(options?: LaunchOptions): Promise<App>;
  /** A recipe, an older one, a failure and one that was cut short; newest first in this order. */
  storeAll(): void;
}

/** To be called once, at the top of a test file. */
export function setUpRuns(): RunsView {
  let built: BuiltCommands;
  let world: RunRows;
  const open: App[] = [];
  beforeAll(async () => {
    built = await buildCommands("tuning-runs");
  });
  afterAll(() => built.remove());
  beforeEach(() => {
    world = createRunRows();
  });
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close();
    world.remove();
  });
  return {
    get world() {
      return world;
    },
    async start(options = {}) {
      const env = { MLX_AUTOTUNE_TEST_SCOPE: world.home, PATH: process.env["PATH"] ?? "" };
      const app = await launch("tuning-runs", { dist: built.dist, home: world.home, env, ...options });
      open.push(app);
      return app;
    },
    storeAll() {
      world.write((store) => {
        storeFailure(store, IDS.cut, "2026-03-04T10:00:00.000Z", "interrupted");
        storeRecipe(store, IDS.recipe, "2026-03-03T10:00:00.000Z", 41.8);
        storeFailure(store, IDS.failed, "2026-03-02T10:00:00.000Z", "no_feasible");
        storeRecipe(store, IDS.older, "2026-03-01T10:00:00.000Z", 30.2);
      });
    },
  };
}

/** Wait until the runs, or the one run, are drawn. */
export const readRuns = (app: App) =>
  app.until(
    (tree) => tree.props["isLoading"] === false && (tree.type === "Detail" || rows(tree).length > 0),
    "the runs",
  );
