// apply-recipe and revert-recipe as an assistant calls them, in the world of apply and revert.
import { expect } from "@jest/globals";
import { runTool, type Confirmation, type ConfirmationAnswer } from "../../raycast-host/index.ts";
import type { ApplyWorld } from "../../support/apply-world.ts";

export interface Called {
  answer: Record<string, unknown> | undefined;
  confirmation: Confirmation | undefined;
}

export type ChangeTool = "apply-recipe" | "revert-recipe";

export async function callTool(
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
export async function refusalOf(
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
