// Contract §5, §15: what launchd leaves a provider to end, against --drain-grace, as doctor tells it.
import { expect, test } from "@jest/globals";
import { doctorSchema } from "../../../worker/core/result/check.ts";
import { type DrainWorld, LABEL, onMac } from "../../support/worlds/drain-world.ts";

async function launchdCheck(world: DrainWorld, graceS: number) {
  const args = ["--provider", "macprovider", "--provider-bin", world.provider.program];
  const env = { MLX_AUTOTUNE_DRAIN_GRACE: String(graceS) };
  const { stdout } = await world.run(["doctor", "--json", "--drain", ...args], env);
  return doctorSchema.parse(JSON.parse(stdout)).checks.find(({ id }) => id === "launchd");
}

test.concurrent("a plist that leaves it a day is long enough for any grace", () =>
  onMac(async (world) => expect(await launchdCheck(world, 600)).toMatchObject({ state: "ok", repair: [] }), {
    extra: { ExitTimeOut: 88_200 },
  }),
);

test.concurrent("one that leaves it less is told what to put there, and never more than macOS grants", () =>
  onMac(async (world) => {
    world.mac.configure({ mostExitTimeoutS: 60 });
    for (const [graceS, advice] of [
      [45, `<integer>45</integer> into ${world.plist};`],
      [600, `<integer>60</integer> (macOS 27 grants 60 at most) into ${world.plist};`],
    ] as const) {
      const check = await launchdCheck(world, graceS);
      expect(check).toMatchObject({ state: "warning", text: expect.stringContaining(`would kill ${LABEL} 2 s after`) });
      expect(check?.repair.join()).toContain(`Put <key>ExitTimeOut</key>${advice}`);
    }
  }),
);
