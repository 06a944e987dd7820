// Contract §6: what the system does not permit (EPERM; on a Mac its privacy) is told with what to do, by the program itself.
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { resultOf } from "../../support/worlds/active-run.ts";
import { startHub } from "../../support/servers/hub-server.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { inWorld, MODEL, shortTune } from "../../support/worlds/short-tune.ts";

/** Named for whoever runs these tests: a terminal that macOS knows. */
const TERMINAL = { TERM_PROGRAM: "Apple_Terminal" };
const WORDS =
  process.platform === "darwin"
    ? /macOS' privacy does not permit it \(EPERM\); in System Settings > Privacy & Security > .*allow Terminal/
    : /the system does not permit it \(EPERM\); check its owner and mode/;

const CLOSED = "t/On-Private-Disk-3B";
const onPrivateDisk = () => ({
  ...TERMINAL,
  NODE_OPTIONS: `--require ${resolve("tests/support/private-disk.cjs")}`,
  PRIVATE_DISK: "On-Private-Disk",
});

test.concurrent("a cached model that may not be read is left out by name, and the others are measured", () =>
  inWorld(async (world) => {
    for (const id of ["t/Fine-1B", CLOSED]) plantSnapshot(`${world.home}/.cache/huggingface/hub`, id, modelFiles());
    const { code, result, stderr } = await world.tune(shortTune({ "candidate-models": "cached" }), onPrivateDisk());
    expect([code, result.recommendation?.model]).toEqual([0, "t/Fine-1B"]);
    expect(stderr).toMatch(/left out of the cache's models: t\/On-Private-Disk-3B/);
    expect(stderr).toMatch(WORDS);
  }),
);

test.concurrent("a model's folder that may not be read is the reason in its row", () =>
  inWorld(async (world) => {
    const folder = join(world.home, "On-Private-Disk");
    const { code, result } = await world.tune(shortTune({ "candidate-models": folder }), onPrivateDisk());
    expect([code, result.exit_reason]).toEqual([3, "no_feasible"]);
    expect(result.infeasible).toEqual([
      expect.objectContaining({ class: "pre_warm", reason: expect.stringMatching(WORDS) }),
    ]);
    expect(world.rows("SELECT reason FROM tune_trials")).toEqual([{ reason: result.infeasible[0]?.reason }]);
  }),
);

test.concurrent("a cache that may not be written to is the reason in the row, with the way around it", () =>
  inWorld(async (world) => {
    const hub = await startHub({ [MODEL]: modelFiles() });
    try {
      const ended = await world.run(world.tuneArgs(["--json", ...shortTune()]), {
        ...TERMINAL,
        HF_ENDPOINT: hub.url,
        MLX_AUTOTUNE_TEST_STEPS: join(world.home, "steps"),
        MLX_AUTOTUNE_TEST_BARRIERS: "fail:EPERM run before download.partial 1",
      });
      const { infeasible } = resultOf(ended);
      expect([ended.code, infeasible]).toEqual([3, [expect.objectContaining({ class: "pre_warm" })]]);
      expect(infeasible[0]?.reason).toMatch(WORDS);
      expect(infeasible[0]?.reason).toMatch(/the cache folder cannot be written: .*or set HF_HUB_CACHE to another/);
    } finally {
      await hub.close();
    }
  }),
);
