// Contract §15, doctor: what it says of a Mac's memory, wired limit and power, by tools that print what the real ones print.
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type Check, doctorSchema } from "../../../worker/core/result/check.ts";
import { onPath, plantTool, printed } from "../../support/mac/mac-tools.ts";
import type { World } from "../../support/worlds/program.ts";
import { inWorld } from "../../support/worlds/short-tune.ts";

/** Plant tools: name and the lines of sh. */
function plant(world: World, tools: Record<string, string>): void {
  const bin = join(world.home, "mac");
  for (const [name, script] of Object.entries(tools)) plantTool(bin, name, script);
  onPath(world.env, bin);
}

async function checkOf(world: World, id: Check["id"]): Promise<Check | undefined> {
  const finished = await world.run(["doctor", "--json", "--provider", "simulated", "--port", String(world.port)]);
  return doctorSchema.parse(JSON.parse(finished.stdout)).checks.find((one) => one.id === id);
}

test("memory: what is available and wired; much that is wired has its reason and its way out; unknown is said", () =>
  inWorld(async (world) => {
    plant(world, { vm_stat: `exec cat '${printed("vm_stat-16384")}'` });
    expect((await checkOf(world, "memory"))?.text).toMatch(/^\d+(\.\d)? GB, 6\.2 GB of it available, 2\.8 GB wired$/);
    plant(world, { vm_stat: `exec cat '${printed("vm_stat-stranded")}'` });
    expect(await checkOf(world, "memory")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("414 GB wired"),
      repair: [expect.stringContaining("If a model is being served"), expect.stringContaining("restart the Mac")],
    });
    plant(world, { vm_stat: "exit 1", memory_pressure: "exit 1" });
    expect(await checkOf(world, "memory")).toMatchObject({
      state: "warning",
      text: expect.stringContaining("how much of it is available cannot be told"),
    });
  }));

test("wired limit: a number of MB, macOS' own choice, or a system that has none", () =>
  inWorld(async (world) => {
    plant(world, { sysctl: `exec cat '${printed("sysctl-wired-0")}'` });
    expect(await checkOf(world, "wired-limit")).toMatchObject({ text: expect.stringContaining("macOS' default") });
    plant(world, { sysctl: `exec cat '${printed("sysctl-wired-57344")}'` });
    expect((await checkOf(world, "wired-limit"))?.text).toContain("56 GB (");
    plant(world, { sysctl: `cat '${printed("sysctl-unknown-oid.stderr")}' >&2; exit 1` });
    expect((await checkOf(world, "wired-limit"))?.state).toBe("skipped");
  }));

test("power: mains is claimed only where pmset says so", () =>
  inWorld(async (world) => {
    plant(world, { pmset: `[ "$2" = batt ] && exec cat '${printed("pmset-batt-desktop")}'; echo ' sleep 0'` });
    expect(await checkOf(world, "power")).toMatchObject({ state: "ok", text: "mains" });
    plant(world, { pmset: "exit 1" });
    expect(await checkOf(world, "power")).toMatchObject({
      state: "warning",
      text: "pmset does not say what the Mac runs on",
    });
  }));

test("notification: a tool that is there is no promise that anything is shown", () =>
  inWorld(async (world) => {
    plant(world, { "terminal-notifier": "exit 0" });
    expect(await checkOf(world, "notifier")).toMatchObject({
      state: "ok",
      text: "terminal-notifier is there; `mlx-autotune notify-test` sends one to look for",
    });
  }));
