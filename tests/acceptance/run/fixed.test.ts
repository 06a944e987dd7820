// Contract §9, --method fixed, and §16 cases 4, 5 and 18: which cell wins, and what becomes of the others.
import { expect, test } from "@jest/globals";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import type { World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

interface TrialRow {
  id: number;
  kv_bits: number | null;
  max_batch: number | null;
  max_context_cap: number | null;
  fits: number;
  kept: number;
  n_err: number;
  agg_throughput_tps: number | null;
  reason: string | null;
  misfit_class: string | null;
}

const cells = (world: World) => world.rows<TrialRow>("SELECT * FROM tune_trials WHERE stage = 2 ORDER BY id");
const replicates = (world: World, trialId: number) =>
  world.rows<{ state: string; tps: number | null; ttft_ms: number | null }>(
    `SELECT r.* FROM tune_replicates r JOIN tune_visits v ON v.id = r.visit_id WHERE v.trial_id = ? ORDER BY r.id`,
    trialId,
  );

/** The provider's speed with kv_bits unset, and with 4. */
const byKvBits = (unset: Behaviour, four: Behaviour) => ({
  [MODEL]: {
    knobs: [
      { when: { kv_bits: null, max_batch: 1 }, ...unset },
      { when: { kv_bits: 4 }, ...four },
    ],
  },
});

test.concurrent(
  "4: a cell's figure is the median of its replicates; one failing replicate and the cell does not fit",
  () =>
    inWorld(async (world) => {
      plantModels(
        world,
        byKvBits({ tps: [40, 42, 41] }, { tps: 90, answers: ["ok", "status", "ok"], errorStatus: 500 }),
      );
      const { code, result, stderr } = await world.tune(
        shortTune({ "kv-bits-axis": "unset,4", "stage2-replicates": "3" }),
      );
      expect(code).toBe(0);
      const [first, second] = cells(world);
      const figures = replicates(world, first?.id ?? 0).map((row) => row.tps ?? 0);
      expect(figures).toHaveLength(3);
      expect(first?.agg_throughput_tps).toBe(figures.toSorted((a, b) => a - b)[1]);
      expect(first?.agg_throughput_tps).toBeGreaterThan(35);
      expect(first?.agg_throughput_tps).toBeLessThan(42.5);
      expect(result.recommendation).toMatchObject({
        knobs: { kv_bits: null },
        tps_median: first?.agg_throughput_tps,
        replicates: 3,
      });
      expect(replicates(world, second?.id ?? 0).map((row) => row.state)).toEqual(["ok", "misfit"]);
      expect(second).toMatchObject({
        fits: 0,
        kept: 0,
        n_err: 1,
        agg_throughput_tps: null,
        misfit_class: "request_failed",
      });
      expect(second?.reason).toBe("HTTP 500: something went wrong");
      expect(stderr).toContain("✗ kv 4 · batch 1 · context 256: HTTP 500: something went wrong");
    }),
);

test.concurrent.each([
  { ttftMs: 375, winner: 4, why: "a lower TTFT decides" },
  { ttftMs: 700, winner: null, why: "with a higher TTFT the earlier cell stays" },
])("5: throughput within epsilon, $why", ({ ttftMs, winner }) =>
  inWorld(async (world) => {
    plantModels(world, byKvBits({ tps: 20, ttftMs: 500 }, { tps: 20.1, ttftMs }));
    const { result } = await world.tune(
      shortTune({ "kv-bits-axis": "unset,4", "stage2-replicates": "3", "tps-tie-epsilon": "0.3" }),
    );
    expect(result.recommendation?.knobs.kv_bits).toBe(winner);
    expect(cells(world).map((cell) => [cell.kv_bits, cell.kept])).toEqual([
      [null, winner === null ? 1 : 0],
      [4, winner === 4 ? 1 : 0],
    ]);
  }),
);

test.concurrent("18: the context axis can win", () =>
  inWorld(async (world) => {
    plantModels(world, {
      [MODEL]: { tps: 60, knobs: [{ when: { max_context: 512 }, tps: 120 }] },
    });
    const { result } = await world.tune(shortTune({ "max-context-axis": "512,256" }));
    expect(result.recommendation?.knobs).toMatchObject({ max_context_override: 512 });
    expect(result.recommendation?.serve_command).toContain("--max-context 512");
    expect(cells(world).map((cell) => cell.max_context_cap)).toEqual([256, 512]);
  }),
);

test.concurrent("18: a cap below the target is refused before anything starts, and leaves a row saying so", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const { code, result, stderr } = await world.tune(shortTune({ "max-context-axis": "128,512" }));
    expect(code).toBe(2);
    expect(result).toMatchObject({ exit_reason: "config_error", recommendation: null });
    const text =
      /--max-context-axis: 128 is below the target context of 256 \(--target-context\); give caps of 256 or more/;
    expect(stderr).toMatch(text);
    const [row] = world.rows("SELECT run_id, exit_reason, exit_detail, ended_at_utc FROM tune_runs");
    expect(row).toMatchObject({
      run_id: result.run_id,
      exit_reason: "config_error",
      exit_detail: expect.stringMatching(text),
      ended_at_utc: expect.any(String),
    });
    expect(cells(world)).toEqual([]);
    expect(world.provider.noted()).toEqual([]);
  }),
);

test.concurrent("where no cell fits, the recipe is what Stage 1 measured", () =>
  inWorld(async (world) => {
    plantModels(world, {
      [MODEL]: { knobs: [{ when: { max_batch: 1 }, badKnob: "--max-batch is not supported here" }] },
    });
    const { code, result } = await world.tune(shortTune({ "kv-bits-axis": "unset,8" }));
    expect(code).toBe(0);
    expect(result.recommendation).toMatchObject({
      knobs: { kv_bits: null, max_concurrency_override: null, max_context_override: null },
      replicates: 1,
      uplift: null,
      partial: false,
      reason: "no setting of the knobs fits, so the provider's defaults stand as Stage 1 measured them",
      serve_command: expect.stringMatching(/ serve --model t\/Model-7B$/),
    });
    expect(cells(world).map((cell) => [cell.fits, cell.kept, cell.misfit_class])).toEqual([
      [0, 0, "bad_knob"],
      [0, 0, "bad_knob"],
    ]);
    expect(cells(world)[0]?.reason).toContain("--max-batch is not supported here");
    expect(world.rows("SELECT stage FROM tune_trials WHERE kept = 1")).toEqual([{ stage: 1 }]);
  }),
);

test.concurrent.each([
  { load: "concurrent", most: [1, 2] },
  { load: "single", most: [1, 1] },
])("--batch-load $load: streams at once per cell", ({ load, most }) =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { tps: 100 } });
    await world.tune(shortTune({ "max-batch-axis": "1,2", "batch-load": load }));
    const [, ...starts] = world.provider.noted("start");
    expect(starts.map((start) => (start["knobs"] as { max_batch: number }).max_batch)).toEqual([1, 2]);
    const inFlight = starts.map(({ pid }) => {
      const requests = world.provider.noted("request").filter((one) => one.pid === pid && one["replicate"] !== null);
      return Math.max(...requests.map((one) => one["inFlight"] as number));
    });
    expect(inFlight).toEqual(most);
    const [single, batched] = cells(world).map((cell) => cell.agg_throughput_tps ?? 0);
    const gain = (batched ?? 0) / (single ?? 1);
    // Two streams of the fake do not slow each other down, so that together they bring twice as much.
    if (load === "concurrent") expect(gain).toBeGreaterThan(1.5);
    else expect(gain).toBeLessThan(1.5);
  }),
);
