// Contract §4: the memory must be back before the next start. At its real length: 10 s of waiting. With a vm_stat that prints what a Mac
// printed on which a killed server's memory stayed wired.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { onPath, plantTool, printed } from "../support/mac/mac-tools.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../support/worlds/short-tune.ts";

test("wired pages that stay are told with their size; pages that are only inactive are no loss", () =>
  inWorld(async (world) => {
    const [bin, calls] = [join(world.home, "mac"), join(world.home, "vm_stat.calls")];
    const [before, cached, after] = ["vm_stat-16384", "vm_stat-busy-cache", "vm_stat-stranded"].map(printed);
    // The first look is before the first start.
    const then = (name: string | undefined) =>
      plantTool(bin, "vm_stat", `[ -e '${calls}' ] && exec cat '${name}'; touch '${calls}'; exec cat '${before}'`);
    onPath(world.env, bin);
    plantModels(world, { [MODEL]: {} });
    const notes = () => world.rows<{ text: string }>("SELECT text FROM tune_notes").map((one) => one.text);

    then(cached);
    expect((await world.run(world.tuneArgs(["--offline", ...shortTune()]))).code).toBe(0);
    expect(notes().filter((text) => /wired|come back/.test(text))).toEqual([]);

    rmSync(calls);
    then(after);
    expect((await world.run(world.tuneArgs(["--offline", ...shortTune()]))).code).toBe(0);
    expect(notes()).toContainEqual(expect.stringMatching(/: 411\.\d GB more is wired than before the start/));
  }));
