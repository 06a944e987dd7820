// Contract §16 case 13: --max-duration ends a load, a request and a download, not only what lies between them.
import { expect, test } from "@jest/globals";
import { atReplicate, filesEnding, resultOf } from "../../support/worlds/active-run.ts";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { startHub } from "../../support/servers/hub-server.ts";
import { modelFiles } from "../../support/servers/model-files.ts";
import { slowness } from "../../support/worlds/live-world.ts";
import type { World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

/** Budget of the tests without a chosen model, s. */
const SHORT = 2;
/** The stop grace, on a quiet machine. */
const GRACE_MS = 30_000 * slowness();

async function runOut(world: World, changes: Record<string, string>, env: Record<string, string> = {}) {
  const before = performance.now();
  const budget = Number(changes["max-duration"] ?? SHORT);
  const settings = shortTune({ "max-duration": String(SHORT), ...changes });
  const finished = await world.start(world.tuneArgs(["--json", ...settings]), env).finished;
  expect(performance.now() - before).toBeGreaterThanOrEqual(budget * 1000);
  expect(performance.now() - before).toBeLessThan(budget * 1000 + GRACE_MS);
  expect(world.orphans()).toEqual([]);
  expect(await world.portFree()).toBe(true);
  expect(filesEnding(world, "candidate.yaml")).toEqual([]);
  expect(world.rows("SELECT * FROM tune_trials WHERE fits = 0 OR state <> 'done'")).toEqual([]);
  return { ...finished, result: resultOf(finished) };
}

const NO_MODEL = {
  exit_reason: "budget_exhausted_no_model_selected",
  detail: `budget of ${SHORT} s exhausted`,
  recommendation: null,
  recipe_hash: null,
  infeasible: [],
};

const STAGE_1: [string, Behaviour][] = [
  ["a load", { hangLoad: true }],
  ["a request that never answers", { answer: "silence", answerFor: "replicates" }],
  ["a request that never ends", { answer: "keepalive-forever", answerFor: "replicates" }],
];

test.concurrent.each(STAGE_1)("inside %s: exit 6, no recommendation, nobody booked as failed", (_where, behaviour) =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: behaviour });
    const { code, result } = await runOut(world, {});
    expect(code).toBe(6);
    expect(result).toMatchObject(NO_MODEL);
    expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: NO_MODEL.exit_reason }]);
  }),
);

test.concurrent("inside a download: exit 6, no candidate was started", () =>
  inWorld(async (world) => {
    const hub = await startHub({ [MODEL]: modelFiles({ tensorBytes: 1_000_000 }) });
    hub.scenario.hang = "bodies";
    const { code, result } = await runOut(world, {}, { HF_ENDPOINT: hub.url });
    await hub.close();
    expect(code).toBe(6);
    expect(result).toMatchObject(NO_MODEL);
    expect(world.provider.noted("start")).toEqual([]);
  }),
);

test.concurrent("within Stage 2: exit 7, a partial recommendation from what was measured", () =>
  inWorld(async (world) => {
    const silent = { when: { kv_bits: 4 }, answer: "silence" as const, answerFor: "replicates" as const };
    plantModels(world, { [MODEL]: { knobs: [silent] } });
    // Enough for Stage 1 and the first cell; the second never ends.
    const budget = String(Math.ceil(12 * slowness()));
    const { code, result } = await runOut(world, { "kv-bits-axis": "unset,4", "max-duration": budget });
    await atReplicate(world, 3); // start 1 was Stage 1's, 2 the first cell's
    expect(code).toBe(7);
    expect(result).toMatchObject({
      exit_reason: "budget_exhausted_with_partial_recommendation",
      recommendation: { model: MODEL, partial: true, knobs: { kv_bits: null } },
    });
    expect(result.recipe_hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(world.rows("SELECT kv_bits, kept FROM tune_trials WHERE stage = 2")).toEqual([{ kv_bits: null, kept: 1 }]);
  }),
);
