// The form of Find Best Recipe: opened, filled with a short tune, read.
import { launch, type App, type LaunchOptions, textOf } from "../../raycast-host/index.ts";
import type { World } from "../../support/worlds/program.ts";
import { MODEL, plantModels } from "../../support/worlds/short-tune.ts";
import type { BuiltCommands } from "./build-commands.ts";

export const PATIENCE = { timeoutMs: 60_000 };

export async function openForm(world: World, built: BuiltCommands, more: LaunchOptions = {}): Promise<App> {
  const app = await launch("find-best-recipe", { dist: built.dist, home: world.home, env: world.env, ...more });
  await app.until(() => app.find("Form.TextField"), "the form");
  return app;
}

/** The Form.Description of that title. */
export const told = (app: App, title: string | RegExp): string =>
  textOf(app.find("Form.Description", { title })?.props["text"]);

export const planned = (app: App) => app.until(() => told(app, "Plan").startsWith("About "), "the plan", PATIENCE);

export const errorOf = (app: App, id: string): string =>
  textOf([...app.findAll("Form.TextField", { id })][0]?.props["error"]);

/** A short simulated tune, on the test's own port. */
export const shortForm = (world: World) => ({
  provider: "simulated",
  candidates: "own",
  models: "t/Small-1B",
  targetContext: "256",
  advanced: true,
  kvBitsAxis: "unset",
  maxBatchAxis: "1",
  maxTokens: "32",
  port: String(world.port),
});

/** The same with a real provider: a simulated run has nothing in its way. */
export const realForm = (world: World) => ({
  ...shortForm(world),
  ...{ provider: "macprovider", models: plantModels(world, { [MODEL]: {} }), offline: true },
});
