// The heart of resume: a run that was killed goes on where it was, under its own inputs, and ends with the same recipe. More in
// resume.slow.test.ts. Source: contract §15.
import { expect, test } from "@jest/globals";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { activeRow } from "../../support/worlds/active-run.ts";
import { kill, same, starts, visits } from "../../support/worlds/cut-short.ts";
import { until } from "../../support/worlds/program.ts";
import { inWorld, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const [BIG, SMALL] = ["t/Big-9B", "t/Small-1B"];

test.concurrent(
  "killed in Stage 1: the verdict stands, what was under way is measured anew, the recipe is the same",
  () =>
    inWorld(async (world) => {
      const models = (small: Behaviour) => ({
        [BIG]: { loadExit: { code: 1, stderr: "no such layer" } },
        [SMALL]: small,
      });
      const candidates = plantModels(world, models({}));
      const args = shortTune({ "candidate-models": candidates });
      const whole = await world.tune(args);
      plantModels(world, models({ hangLoad: true }));
      const worker = world.start(world.tuneArgs(args));
      await until("both starts and the row", () => starts(world) === 5 && activeRow(world)?.candidate_pid);
      const dead = await kill(world, worker);
      plantModels(world, models({}));
      const before = starts(world);
      const hint = "Resume it where it was cut short: `mlx-autotune run --resume`.";
      expect((await world.run(["status"])).stdout).toContain(`${dead}, ended`);
      expect((await world.run(["status"])).stdout).toContain(hint);
      const { code, result, stderr } = await world.tune(["--resume"]);
      expect((await world.run(["status"])).stdout).not.toContain("Resume it");
      expect([code, result.detail]).toEqual([0, null]);
      same(result, whole.result);
      expect(result.infeasible).toEqual(whole.result.infeasible);
      expect(result.inputs).toEqual(whole.result.inputs);
      expect(result).toMatchObject({ resumed_from: dead, taken_over: { candidates: [BIG], cells: [] } });
      expect(visits(world, before)).toEqual(visits(world).slice(1, 3));
      expect(stderr).toContain(`✗ ${BIG}: ${result.infeasible[0]?.reason} (carried over)`);
      const rows = "SELECT model, stage, taken_over_from, trim(reason) <> '' AS told FROM tune_trials WHERE run_id = ?";
      expect(world.rows(`${rows} ORDER BY id`, result.run_id)).toEqual([
        { model: BIG, stage: 1, taken_over_from: dead, told: 1 },
        { model: SMALL, stage: 1, taken_over_from: null, told: null },
        { model: SMALL, stage: 2, taken_over_from: null, told: null },
      ]);
      expect(world.rows("SELECT resumed_from FROM v_runs WHERE run_id = ?", result.run_id)).toEqual([
        { resumed_from: dead },
      ]);
    }),
);
