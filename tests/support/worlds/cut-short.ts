// A run that is cut short, and the one that goes on with it: what was started and asked, and what the two must have in common.
import { expect } from "@jest/globals";
import { activeRow, killWithoutWarning } from "./active-run.ts";
import type { Started, World } from "./program.ts";

/** What differs from run to run, and what only says when and where. */
const RECIPE = ["recommendation.model", "recommendation.knobs", "recipe_hash", "alternates", "exit_reason"];

interface Visit {
  model: unknown;
  kvBits: unknown;
  prompts: unknown[];
}

/** Starts of the provider with the prompts of their replicates, in order, from the n-th on. */
export function visits(world: World, from = 0): Visit[] {
  const requests = world.provider.noted("request").filter((one) => one["replicate"] !== null);
  return world.provider
    .noted("start")
    .slice(from)
    .map((start) => ({
      model: start["model"],
      kvBits: (start["knobs"] as { kv_bits: unknown }).kv_bits,
      prompts: requests.filter((one) => one.pid === start.pid).map((one) => one["promptStart"]),
    }));
}

export const starts = (world: World) => world.provider.noted("start").length;

export async function kill(world: World, worker: Started): Promise<string> {
  const { run_id: runId } = activeRow(world) ?? { run_id: "" };
  killWithoutWarning(world, worker);
  await worker.finished;
  return runId;
}

export const same = (result: object, other: object) => {
  for (const path of RECIPE) expect([path, pick(result, path)]).toEqual([path, pick(other, path)]);
};
const pick = (from: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], from);
