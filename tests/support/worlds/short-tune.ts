// Tunes that end within a second or two: one cell, a small context, few tokens; and worlds that close themselves.
import type { Scenario } from "../servers/fake-provider.ts";
import { modelFiles, plantSnapshot } from "../servers/model-files.ts";
import { createWorld, type World } from "./program.ts";

export const MODEL = "t/Model-7B";

/** The settings of a short tune; `changes` replace or add some, by flag name; true = a flag without value, null = left out. */
export function shortTune(changes: Record<string, string | true | null> = {}): string[] {
  const settings: Record<string, string | true | null> = {
    "candidate-models": MODEL,
    "target-context": "256",
    "max-tokens": "32",
    method: "fixed",
    "stage2-replicates": "1",
    "kv-bits-axis": "unset",
    "max-batch-axis": "1",
    seed: "1",
    ...changes,
  };
  // Methods that do not read a setting warn about it.
  const wanted = Object.entries(settings).filter(
    ([name]) => name !== "stage2-replicates" || settings["method"] === "fixed",
  );
  return wanted.flatMap(([name, value]) =>
    value === null ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  );
}

/** Plant complete weights of these models in the world's cache and let the provider behave so. @returns them as a list of candidates */
export function plantModels(
  world: World,
  models: NonNullable<Scenario["models"]>,
  rest: Omit<Scenario, "models"> = {},
) {
  world.provider.setScenario({ ...rest, models });
  const ids = Object.keys(models);
  for (const id of ids) plantSnapshot(`${world.home}/.cache/huggingface/hub`, id, modelFiles());
  return ids.join(",");
}

/** Run `body` in a world of its own and see that nothing is left behind; for tests that run side by side. */
export async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld();
  try {
    await body(world);
  } catch (error) {
    await world.close().catch(() => undefined); // what the test itself found wrong matters more
    throw error;
  }
  await world.close();
}
