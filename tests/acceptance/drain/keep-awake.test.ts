// Contract §5: the machine stays awake for the length of a run, and what it runs on is told and kept. With stand-ins on the PATH.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { atReplicate } from "../../support/worlds/active-run.ts";
import { alive } from "../../support/worlds/live-world.ts";
import { onPath, plantTool, printed } from "../../support/mac/mac-tools.ts";
import { until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

function tool(world: World, name: string, script: string): void {
  plantTool(world.provider.binFolder, name, script);
  onPath(world.env, world.provider.binFolder);
}

const notes = (world: World, kind: string) =>
  world.rows<{ text: string }>("SELECT text FROM tune_notes WHERE kind = ? ORDER BY id", kind).map((one) => one.text);

test.concurrent("caffeinate lasts as long as the run; killed, it is started again once", () =>
  inWorld(async (world) => {
    const log = join(world.home, "caffeinate.log");
    tool(world, "caffeinate", `echo "$$ $*" >>'${log}'; exec sleep 600`);
    const calls = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
    const pids = () => calls().map((line) => Number.parseInt(line, 10));
    plantModels(world, { [MODEL]: { ttftMs: 400 } });
    const run = world.start(world.tuneArgs(["--offline", ...shortTune()]));
    await atReplicate(world);
    process.kill(pids()[0] ?? 0, "SIGKILL");
    await until("a second caffeinate", () => calls().length === 2);
    expect(calls()).toEqual(pids().map((pid) => `${pid} -i -w ${run.pid}`));
    process.kill(pids()[1] ?? 0, "SIGKILL");
    expect((await run.finished).code).toBe(0);
    expect(calls()).toHaveLength(2);
    expect(notes(world, "machine").filter((text) => text.startsWith("caffeinate"))).toEqual([
      "caffeinate ended (SIGKILL); started again",
      "caffeinate ended (SIGKILL) a second time: the machine may fall asleep",
    ]);
    plantModels(world, { [MODEL]: {} });
    const quiet = await world.run(world.tuneArgs(["--offline", ...shortTune()]));
    expect([quiet.code, calls().length]).toEqual([0, 3]);
    await until("caffeinate ends with its run", () => !alive(pids()[2] ?? 0));
  }),
);

test.concurrent("battery and Low Power Mode are warned about and stored; mains power is not worth a word", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const says = (batt: string, settings: string) =>
      tool(world, "pmset", `[ "$2" = batt ] && exec cat '${printed(batt)}' || exec cat '${printed(settings)}'`);
    says("pmset-batt-battery", "pmset-g-powermode-1-low");
    const { code, stderr } = await world.run(world.tuneArgs(["--offline", ...shortTune()]));
    const expected = [
      "The Mac runs on battery: figures will be lower than on mains power.",
      "Low Power Mode is on: figures will be lower than without it.",
    ];
    expect([code, notes(world, "warning")]).toEqual([0, expected]);
    for (const line of expected) expect(stderr).toContain(`Warning: ${line}`);
    says("pmset-batt-ac", "pmset-g-powermode-2-high");
    await world.run(world.tuneArgs(["--offline", ...shortTune()]));
    expect(notes(world, "warning")).toEqual(expected);
    says("pmset-batt-ups", "pmset-g-lowpowermode-0");
    const doctor = await world.run(["doctor", "--provider", "simulated", "--port", String(world.port)]);
    expect(doctor.stdout).toMatch(
      /! Power +The Mac runs on the battery of a UPS: [^→]*→ Wait until the mains power is back/,
    );
  }),
);
