// `status` of an applied recipe: what the config holds at this moment, whatever became of the file and its disk. Contract §12, §15.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ConfigNow } from "../../../worker/core/config/config-now-text.ts";
import { configText, createApplyWorld, NEW, OLD, type ApplyWorld } from "../../support/worlds/apply-world.ts";
import { alive } from "../../support/worlds/live-world.ts";
import { until } from "../../support/worlds/program.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

let world: ApplyWorld;
let text: string;
let deadReads: string;
beforeAll(async () => {
  world = await createApplyWorld();
  text = configText(world.port);
  deadReads = join(world.mac.home, "dead-reads");
});
beforeEach(async () => {
  world.writeConfig(text);
  world.storeRecipe();
  expect(await world.run(["apply", "--yes"])).toMatchObject({ code: 0 });
});
afterEach(async () => {
  for (const pid of heldReaders()) process.kill(pid, "SIGKILL");
  rmSync(deadReads, { force: true });
  await world.reset();
});
afterAll(async () => expect(await world.close()).toEqual([]));

const heldReaders = () =>
  (existsSync(deadReads) ? readFileSync(deadReads, "utf8") : "").split("\n").filter(Boolean).map(Number).filter(alive);
const onDeadDisk = () => ({
  NODE_OPTIONS: `--require ${resolve("tests/support/dead-disk.cjs")}`,
  DEAD_DISK: world.configPath,
  DEAD_DISK_LOG: deadReads,
});

async function configNow(env = {}): Promise<ConfigNow> {
  const { stdout } = await world.run(["status", "--json"], env);
  const { applied } = JSON.parse(stdout) as { applied: { config_now: ConfigNow }[] };
  expect(applied).toHaveLength(1);
  return applied[0]?.config_now as ConfigNow;
}

test("what was written holds, also after edits of other keys; a checkout is named key by key", async () => {
  world.writeConfig(`${world.config()}\r\nby_hand: 1\r\n`);
  expect(await configNow()).toMatchObject({ state: "holds", differences: [], sha256: expect.any(String) });
  world.writeConfig(text);
  const { stdout } = await world.run(["status"]);
  expect(stdout).toContain(
    `THE FILE SAYS SOMETHING ELSE NOW: model is ${OLD} (applied: ${NEW}), kv_bits is 4 (applied: 8)`,
  );
}, 60_000);

test("a key that the file held before it was applied is part of the recipe, too", async () => {
  await world.run(["revert"]);
  world.writeConfig(text.replace("kv_bits: 4", "kv_bits: 8"));
  await world.run(["apply", "--yes"]);
  expect((await configNow()).state).toBe("holds");
  world.writeConfig(world.config().replace("kv_bits: 8", "kv_bits: 3"));
  expect((await configNow()).differences).toEqual([{ key: "kv_bits", applied: 8, now: 3 }]);
}, 60_000);

test("a file that is gone, and what is no file, are said to be so", async () => {
  rmSync(world.configPath);
  expect(await configNow()).toMatchObject({ state: "gone", why: null });
  mkdirSync(world.configPath);
  const why = `${world.configPath}: it is no file but a folder`;
  expect(await configNow()).toMatchObject({ state: "unreadable", why });
  removeFolder(world.configPath);
  writeFileSync(world.configPath, "# too big\n".repeat(120_000));
  expect(await configNow()).toMatchObject({ state: "unreadable", why: expect.stringContaining("1200000 bytes") });
}, 60_000);

test("a config on a disk that never answers is said to be so; a signal ends the waiting", async () => {
  expect(await configNow(onDeadDisk())).toMatchObject({
    state: "unreadable",
    why: `${world.configPath} does not answer: the disk it is on may be gone or asleep`,
  });
  rmSync(deadReads);
  const run = world.start(["status"], onDeadDisk());
  await until("a read of the dead disk", () => existsSync(deadReads));
  run.process.kill("SIGINT");
  expect((await run.finished).code).toBe(130);
  expect(heldReaders()).toEqual([]);
}, 60_000);
