// Contract §5: some plists leave a job a day to end. One whose drain was only intended is not watched for a day.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { killWithoutWarning } from "../../support/worlds/active-run.ts";
import { LABEL, onMac } from "../../support/worlds/drain-world.ts";
import { until } from "../../support/worlds/program.ts";

test("restore leaves a provider that was never told to end, though launchd would wait 88200 s for it", () =>
  onMac(
    async (world) => {
      const pid = world.mac.pidOf(LABEL);
      const steps = join(world.home, "steps");
      const run = world.start(world.drainArgs(), {
        MLX_AUTOTUNE_TEST_STEPS: steps,
        MLX_AUTOTUNE_TEST_BARRIERS: "stop run after journal.intend 1",
      });
      await until("an intent", () => existsSync(steps) && readFileSync(steps, "utf8").includes("after journal.intend"));
      killWithoutWarning(world, run);
      await run.finished;
      expect(world.journal()).toMatchObject([{ state: "intended" }]);
      const { code, stdout } = await world.run(["restore"]);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`Back in service: launchd-managed ${LABEL}`)]);
      expect([world.mac.pidOf(LABEL), world.mac.calls().some(({ words }) => words[0] === "bootout")]).toEqual([
        pid,
        false,
      ]);
      await world.expectAsBefore();
    },
    { extra: { ExitTimeOut: 88_200 } },
  ));
