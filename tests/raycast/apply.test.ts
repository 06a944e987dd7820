// Apply Latest Recipe and Revert Recipe as a user meets them: dialogs, toasts, and what is in the config and the database after.
// With a real worker and the simulator's own config. Source: contract §12, §14.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run, type Answer, type App } from "../raycast-host/index.ts";
import { configText, createApplyWorld, NEW, type ApplyWorld } from "../support/worlds/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";

let built: BuiltCommands;
let world: ApplyWorld;

beforeAll(async () => {
  built = await buildCommands("apply-latest-recipe", "revert-recipe");
  world = await createApplyWorld();
});

beforeEach(() => world.reset());

afterAll(async () => {
  expect(await world.close()).toEqual([]);
  built.remove();
});

const command = (name: string, answer?: Answer): Promise<App> =>
  run(name, {
    dist: built.dist,
    home: world.mac.home,
    env: world.mac.env as Record<string, string>,
    ...(answer === undefined ? {} : { answer }),
  });

const lastToast = (app: App) => app.toasts.at(-1);
const simulated = () => join(world.mac.home, ".config/mlx-autotune/simulated.yaml");
const states = () =>
  world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").map(({ state }) => state);

test("without a recipe the next step is offered, and nothing is said to have failed", async () => {
  const none = await command("apply-latest-recipe");
  expect(none.toasts).toMatchObject([
    { style: "SUCCESS", title: "No recipe yet", primaryAction: "Find Best Recipe", secondaryAction: undefined },
  ]);
});

test("a recipe that measured this Mac comes before a newer one that was simulated", async () => {
  world.storeRecipe();
  world.storeRecipe({ simulated: true, model: "mlx-community/Newest-1B-4bit" });
  const app = await command("apply-latest-recipe", false);
  expect(app.alerts.map(({ title }) => title)).toEqual(["Apply Recipe?"]);
  expect(app.alerts[0]?.message).toContain("New-7B-4bit");
});

test("a partial recipe is one question with what that means, then its changes; declined, that is all", async () => {
  world.storeRecipe({ partial: true });
  const before = configText(world.port);
  world.writeConfig(before);
  const declined = await command("apply-latest-recipe", false);
  expect(declined.alerts.map(({ title }) => title)).toEqual(["Apply Partial Recipe?"]);
  expect(declined.alerts[0]?.message).toMatch(/^Its run ended before all knobs were compared[^.]*\.$/);
  const shown = await command("apply-latest-recipe", ({ title }) => title === "Apply Partial Recipe?");
  expect(shown.alerts.map(({ title }) => title)).toEqual(["Apply Partial Recipe?", "Apply Recipe?"]);
  expect([world.config(), states()]).toEqual([before, []]);
});

test("a simulated recipe is applied after two dialogs, and taken back again; twice is a no-op", async () => {
  const runId = world.storeRecipe({ simulated: true });
  const applied = await command("apply-latest-recipe", true);
  expect(applied.alerts.map(({ title }) => title)).toEqual(["Apply Simulated Recipe?", "Apply Recipe?"]);
  expect(applied.alerts[0]?.message).toContain("the simulator's own config, never a provider's");
  expect(applied.alerts[1]?.message).toContain(`New-7B-4bit, run ${runId.slice(0, 8)}`);
  expect(applied.alerts[1]?.message).toContain("Model: unset → New-7B-4bit");
  expect(applied.alerts[0]).toMatchObject({ primaryAction: { title: "Show Changes" } });
  expect(applied.alerts[1]?.primaryAction).toEqual({ title: "Apply", style: "destructive" });
  expect(lastToast(applied)).toMatchObject({ style: "SUCCESS", title: "Recipe applied" });
  expect(readFileSync(simulated(), "utf8")).toContain(`model: ${NEW}`);

  const again = await command("apply-latest-recipe", true);
  expect(lastToast(again)).toMatchObject({ style: "SUCCESS", title: "Nothing to change" });

  const reverted = await command("revert-recipe", true);
  expect(reverted.alerts[0]?.message).toContain("application 1");
  expect(lastToast(reverted)).toMatchObject({ style: "SUCCESS", title: "Recipe reverted" });
  expect([existsSync(simulated()), states()]).toEqual([false, ["reverted"]]);

  const twice = await command("revert-recipe");
  expect(lastToast(twice)).toMatchObject({ style: "SUCCESS", title: "Nothing to revert" });
});
