// Contract §9, --method race, through the built program: winner and confirmation, identical cells, incumbent, and prompts (§8).
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

/** Noise that is much larger than what the test's machine adds, and the same in every visit: nothing can be measurable. */
const NOISY = { tps: [100, 150, 120, 90, 130, 110] };

interface Request {
  pid: number;
  replicate: number | null;
  promptStart: string;
}

/** Requests of Stage 2 by visit, in the order of the visits. */
function visits(world: World) {
  const [, ...starts] = world.provider.noted("start");
  const requests = world.provider.noted("request") as unknown as Request[];
  return starts.map((start) => {
    const own = requests.filter((one) => one.pid === start.pid);
    return {
      knobs: start["knobs"] as { kv_bits: number | null; max_context: number | null },
      prompts: own.map((one) => one.promptStart),
      replicates: own.filter((one) => one.replicate !== null).map((one) => one.promptStart),
    };
  });
}

const serving = (world: World, knobs: string) => {
  mkdirSync(join(world.home, ".config/macprovider"), { recursive: true });
  writeFileSync(join(world.home, ".config/macprovider/config.yaml"), `model: ${MODEL}\n${knobs}`);
};

test.concurrent("a clear winner is confirmed by fresh requests, A B B A, and its uplift is told", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { tps: 60, knobs: [{ when: { kv_bits: 8 }, tps: 120 }] } });
    const { code, result, stderr } = await world.tune(shortTune({ method: "race", "kv-bits-axis": "unset,8" }));
    expect(code).toBe(0);
    expect(result.recommendation).toMatchObject({
      knobs: { kv_bits: 8 },
      uplift: { against: { kv_bits: null }, confirmed: true },
      reason: expect.stringMatching(/% faster than the default, confirmed by fresh requests/),
      findings: [],
    });
    const { ratio, interval } = result.recommendation?.uplift ?? { ratio: 0, interval: null };
    expect(ratio).toBeGreaterThan(0.5);
    expect(interval?.[0]).toBeLessThanOrEqual(ratio);
    expect(interval?.[1]).toBeGreaterThanOrEqual(ratio);
    expect(
      visits(world)
        .slice(-4)
        .map((visit) => visit.knobs.kv_bits),
    ).toEqual([null, 8, 8, null]);
    expect(stderr).toMatch(/kv 8 .* tok\/s \(confirming\)/);
    expect(world.rows("SELECT stage, kv_bits FROM tune_trials WHERE kept = 1")).toEqual([{ stage: 2, kv_bits: 8 }]);
  }),
);

test.concurrent("cells that do not differ: the default stays and the knob is told to make no difference; prompts", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: NOISY });
    const { result, stderr } = await world.tune(shortTune({ method: "race", "kv-bits-axis": "unset,8" }));
    expect(result.recommendation).toMatchObject({
      knobs: { kv_bits: null, max_concurrency_override: 1 },
      uplift: null,
      findings: ["kv_bits: no measurable difference"],
    });
    expect(stderr).toMatch(/note +kv_bits: no measurable difference/);
    expectPrompts(visits(world));
  }),
);

/** Two visits make a pass, one of each cell. */
function expectPrompts(all: ReturnType<typeof visits>): void {
  expect(all.length).toBeGreaterThanOrEqual(4);
  for (const { prompts, replicates } of all) {
    expect(new Set(prompts).size).toBe(prompts.length);
    expect(replicates.length).toBeGreaterThanOrEqual(2);
  }
  for (let pass = 0; pass + 1 < all.length; pass += 2) expect(all[pass]?.replicates).toEqual(all[pass + 1]?.replicates);
  for (const kvBits of [null, 8]) {
    const ofCell = all.filter((visit) => visit.knobs.kv_bits === kvBits).flatMap((visit) => visit.replicates);
    expect(new Set(ofCell).size).toBe(ofCell.length);
  }
}

test.concurrent("what is configured now is a cell, and stays when nothing is measurably better", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: NOISY });
    serving(world, "kv_bits: 8\nmax_concurrency_override: 1\nport: 8080\n");
    const { result } = await world.tune(shortTune({ method: "race" }));
    expect(visits(world).some(({ knobs }) => knobs.kv_bits === 8 && knobs.max_context === null)).toBe(true);
    expect(result.recommendation).toMatchObject({
      knobs: { kv_bits: 8, max_concurrency_override: 1, max_context_override: null },
      uplift: null,
      reason: "the incumbent stays: no cell is measurably better",
    });
  }),
);

test.concurrent("a faster cell that fails never wins, whatever its earlier visits said", () =>
  inWorld(async (world) => {
    plantModels(world, {
      [MODEL]: { tps: 100, knobs: [{ when: { kv_bits: 8 }, tps: 200, answers: ["ok", "stop-token"] }] },
    });
    const { code, result, stderr } = await world.tune(shortTune({ method: "race", "kv-bits-axis": "unset,8" }));
    expect(code).toBe(0);
    expect(result.recommendation).toMatchObject({ knobs: { kv_bits: null }, uplift: null });
    expect(stderr).toContain("✗ kv 8 · batch 1 · context 256: stop token <|im_end|> leaked into the text");
    expect(world.rows("SELECT fits, kept, agg_throughput_tps FROM tune_trials WHERE kv_bits = 8")).toEqual([
      { fits: 0, kept: 0, agg_throughput_tps: null },
    ]);
  }),
);
