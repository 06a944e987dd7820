// apply-recipe and revert-recipe as an assistant calls them, in the world of apply and revert.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import { runTool, type Confirmation, type ConfirmationAnswer } from "../../raycast-host/index.ts";
import { configText, createApplyWorld, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./build-commands.ts";

export interface Called {
  answer: Record<string, unknown> | undefined;
  confirmation: Confirmation | undefined;
}

export type ChangeTool = "apply-recipe" | "revert-recipe";

export interface ChangeToolsPlace {
  readonly world: ApplyWorld;
  /** The config before each test, and as it is once the recipe was applied. */
  readonly text: string;
  applied(): string;
  apply(input?: unknown, confirm?: ConfirmationAnswer): Promise<Called>;
  revert(input?: unknown, confirm?: ConfirmationAnswer): Promise<Called>;
  refusal(name: ChangeTool, input: unknown, confirm?: ConfirmationAnswer): Promise<string>;
}

/** To be called once, at the top of a test file: one world, its config written anew before each test. */
export function setUpChangeTools(): ChangeToolsPlace {
  let built: BuiltCommands;
  let world: ApplyWorld;
  let text: string;
  beforeAll(async () => {
    built = await buildCommands("apply-recipe", "revert-recipe");
    world = await createApplyWorld();
    text = configText(world.port);
  });
  beforeEach(() => world.writeConfig(text));
  afterEach(() => world.reset());
  afterAll(async () => {
    built.remove();
    expect(await world.close()).toEqual([]);
  });
  const place = () => ({ world, dist: built.dist });
  return {
    get world() {
      return world;
    },
    get text() {
      return text;
    },
    applied: () =>
      text.replace(`"${OLD}"`, `"${NEW}"`).replace("kv_bits: 4\r\n", "kv_bits: 8\r\nmax_concurrency_override: 2\r\n"),
    apply: (input, confirm) => callTool(place(), "apply-recipe", input, confirm),
    revert: (input, confirm) => callTool(place(), "revert-recipe", input, confirm),
    refusal: (name, input, confirm) => refusalOf(place(), name, input, confirm),
  };
}

async function callTool(
  { world, dist }: { world: ApplyWorld; dist: string },
  name: ChangeTool,
  input: unknown = {},
  confirm: ConfirmationAnswer = true,
): Promise<Called> {
  const env = world.mac.env as Record<string, string>;
  const { value, confirmation, app } = await runTool(name, input, { dist, home: world.mac.home, env, confirm });
  // A tool talks to the assistant only.
  expect([app.toasts, app.alerts, app.huds]).toEqual([[], [], []]);
  return { answer: value as Called["answer"], confirmation };
}

/** What the assistant is told of a refused call. Unless `confirm` changes it, the config is as it was before. */
async function refusalOf(
  place: { world: ApplyWorld; dist: string },
  name: ChangeTool,
  input: unknown,
  confirm?: ConfirmationAnswer,
): Promise<string> {
  const before = place.world.config();
  const said = await callTool(place, name, input, confirm).then(
    ({ answer }) => `not refused: ${JSON.stringify(answer)}`,
    (error: unknown) => String(error),
  );
  if (confirm === undefined) expect(place.world.config()).toBe(before);
  return said;
}

/** Rows of the confirmation by name. */
export const infoOf = ({ confirmation }: Called) =>
  Object.fromEntries((confirmation?.info ?? []).map(({ name, value }) => [name, value]));
