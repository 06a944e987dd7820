// Contract §5: what else serves models here is named and left alone; a provider that could not be started again is not stopped for it.
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { doctorSchema } from "../../../worker/core/result/check.ts";
import { alive, answersOn, eventually, freePort, startOrphan, stillThere } from "../../support/worlds/live-world.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
const orphans: number[] = [];
beforeEach(async () => {
  world = await createWorld();
  plantModels(world, { [MODEL]: {} });
});
afterEach(async () => {
  for (const pid of orphans) process.kill(pid, "SIGKILL");
  await stillThere(orphans.splice(0));
  await world.close();
});

/** A process under this name, nobody's child, that answers on its port. */
async function start(
  name: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ pid: number; port: number }> {
  const [program, port] = [join(world.home, "bin", name), await freePort()];
  symlinkSync(resolve("tests/support/live-provider.mjs"), program);
  const argv = [process.execPath, program, ...args, "--port", String(port)];
  const pid = startOrphan(argv, { env: { ...world.env, ...env } });
  orphans.push(pid);
  await eventually(`${name} answers`, () => answersOn(port));
  return { pid, port };
}

test("another server is named with its memory by doctor, plan and the run, which goes on beside it", async () => {
  const other = await start("mlx_vlm.server", ["--model", "x"]);
  const named = new RegExp(`mlx_vlm\\.server \\(PID ${other.pid}, port ${other.port}, [\\d.]+ [MG]B resident\\)`);
  const doctor = async (...args: string[]) => {
    const { stdout } = await world.run(["doctor", "--json", ...args, "--port", String(world.port)]);
    const report = doctorSchema.parse(JSON.parse(stdout));
    expect(report.could_start).toBe(true);
    return report.checks.find((one) => one.id === "other-servers");
  };
  expect(await doctor("--provider", "simulated")).toMatchObject({ state: "ok", text: expect.stringMatching(named) });
  expect(await doctor("--provider-bin", world.provider.program, "--offline")).toMatchObject({
    state: "warning",
    text: expect.stringMatching(named),
    repair: [expect.stringContaining("share memory and GPU")],
  });
  const plan = await world.run(["plan", ...world.tuneArgs(["--offline", ...shortTune()]).slice(1)]);
  expect(plan.stdout).toMatch(named);
  const { code, stderr } = await world.tune(shortTune());
  expect(code).toBe(0);
  expect(stderr).toMatch(named);
  expect(world.rows("SELECT text FROM tune_notes WHERE kind = 'conflict'")).toEqual([
    { text: expect.stringMatching(named) },
  ]);
  expect(alive(other.pid)).toBe(true);
});

test("a provider whose arguments a title has replaced is not stopped to be started again with others", async () => {
  const live = await start("malibu-cli", ["serve"], { LIVE_PROVIDER_TITLE: "malibu-cli serve" });
  const drain = { drain: true, "restart-foreground": true } as const;
  const { code, result } = await world.tune(shortTune(drain));
  expect([code, result.exit_reason]).toEqual([4, "provider_conflict"]);
  expect(result.detail).toMatch(/could not be started again as it was: it has put a title in place of its arguments/);
  expect(alive(live.pid)).toBe(true);
  expect(world.rows("SELECT * FROM drain_journal")).toEqual([]);
});
