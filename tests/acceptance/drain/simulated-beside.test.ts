// Contract §5: a simulated run needs nothing of this machine. It runs beside a live provider, --drain touches nothing, and only its
// own port can be in its way; plan and doctor say the same.
import { expect, test } from "@jest/globals";
import { doctorSchema } from "../../../worker/core/result/check.ts";
import { planSchema } from "../../../worker/core/result/plan-report.ts";
import { startLiveInTheWay } from "../../support/worlds/live-in-the-way.ts";
import type { World } from "../../support/worlds/program.ts";
import { inWorld, shortTune } from "../../support/worlds/short-tune.ts";

const simulated = (world: World, ...more: string[]) => [
  "--provider",
  "simulated",
  "--port",
  String(world.port),
  ...more,
];

test("a live provider serves on while a simulated run ends with a recipe, with --drain as well", () =>
  inWorld(async (world) => {
    const live = await startLiveInTheWay(world);
    try {
      const plain = await world.run(["run", ...simulated(world), ...shortTune()]);
      expect([plain.code, plain.stderr]).toEqual([0, expect.not.stringContaining("In the way")]);
      const draining = await world.run(["run", ...simulated(world), ...shortTune({ drain: true })]);
      expect(draining.code).toBe(0);
      expect(draining.stderr).toContain("--drain is ignored: a simulated run needs nothing of this machine");
      expect([live.isThere(), world.rows("SELECT * FROM drain_journal")]).toEqual([true, []]);
      const plan = await world.run(["plan", "--json", ...simulated(world)]);
      const { conflict } = planSchema.parse(JSON.parse(plan.stdout));
      expect(conflict).toMatchObject({ refused: null, refused_with_drain: null, live: [] });
      expect((await world.run(["plan", ...simulated(world)])).stdout).toContain(
        "In the way: nothing; a simulated run needs nothing of this machine but its port.",
      );
      const doctor = await world.run(["doctor", "--json", ...simulated(world)]);
      const report = doctorSchema.parse(JSON.parse(doctor.stdout));
      expect(report.checks.find((one) => one.id === "live-provider")).toMatchObject({
        state: "ok",
        text: expect.stringMatching(new RegExp(`^${live.name} .*: not in the way of a simulated run$`)),
      });
      expect([doctor.code, report.could_start]).toEqual([0, true]);
    } finally {
      await live.end();
    }
  }));

test("what holds its port is named and refused, also if it is a live provider", () =>
  inWorld(async (world) => {
    const live = await startLiveInTheWay(world);
    const taken = ["--provider", "simulated", "--port", String(live.port)];
    try {
      const refused = await world.run(["run", ...taken, ...shortTune({ drain: true })]);
      expect(refused.code).toBe(4);
      expect(refused.stdout + refused.stderr).toMatch(
        new RegExp(`In the way: port-${live.port} \\(PID ${live.pid}[^]*Choose another --port`),
      );
      const doctor = await world.run(["doctor", "--json", ...taken]);
      const { checks } = doctorSchema.parse(JSON.parse(doctor.stdout));
      expect([doctor.code, checks.find((one) => one.id === "port")?.state]).toEqual([1, "error"]);
      const plan = await world.run(["plan", "--json", ...taken]);
      expect(planSchema.parse(JSON.parse(plan.stdout)).conflict).toMatchObject({
        refused: { remedy: expect.stringContaining("--port") },
        live: [{ kind: "port", drained: "no drain can help" }],
      });
    } finally {
      await live.end();
    }
  }));
