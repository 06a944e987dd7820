// Contract §3, §6: a disk that never answers costs its time once: its models are left out by name, its settings are refused by name, what
// lies behind it on PATH is found.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { alive } from "../../support/worlds/live-world.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
let log: string;
beforeEach(async () => {
  world = await createWorld();
  log = join(world.home, "dead-reads");
});
afterEach(() => world.close());

const onDeadDisk = (disk: string) => ({
  NODE_OPTIONS: `--require ${resolve("tests/support/dead-disk.cjs")}`,
  DEAD_DISK: disk,
  DEAD_DISK_LOG: log,
});
const held = () => readFileSync(log, "utf8").split("\n").filter(Boolean).map(Number);

test("a dead disk costs its own models only, and seconds", async () => {
  const dead = ["t/On-Dead-Disk-1B", "t/On-Dead-Disk-2B", "t/On-Dead-Disk-3B", "t/On-Dead-Disk-4B"];
  for (const id of ["t/Fine-1B", ...dead]) plantSnapshot(`${world.home}/.cache/huggingface/hub`, id, modelFiles());
  const { code, result, stderr } = await world.tune(
    shortTune({ "candidate-models": "cached" }),
    onDeadDisk("On-Dead-Disk"),
  );
  expect([code, result.recommendation?.model]).toEqual([0, "t/Fine-1B"]);
  for (const id of dead) expect(stderr).toMatch(new RegExp(`left out of the cache's models: ${id}: .*does not answer`));
  expect([held().length, held().filter(alive)]).toEqual([4, []]);
});

test("settings that do not answer are refused by name", async () => {
  const { code, stderr } = await world.run(["plan"], onDeadDisk("mlx-autotune/config.yaml"));
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /mlx-autotune\/config\.yaml: cannot be read: it does not answer: the disk it is on may be gone/,
    ),
  ]);
});

test("a folder of PATH that does not answer is asked once, and what lies behind it is found", async () => {
  const behind = join(world.home, "behind");
  mkdirSync(behind);
  writeFileSync(join(behind, "launchctl"), "#!/bin/sh\nexit 113\n", { mode: 0o755 });
  const PATH = `${world.home}/On-Dead-Disk:${behind}:${world.env["PATH"]}`;
  const { code, stdout } = await world.run(["restore"], { ...onDeadDisk("On-Dead-Disk"), PATH });
  expect([code, stdout]).toEqual([0, "Nothing is drained.\n"]);
  const doctor = await world.run(["doctor", "--json"], { ...onDeadDisk("On-Dead-Disk"), PATH });
  expect(doctor.stdout).toContain('"id": "tools"');
  expect(held()).toHaveLength(2);
});

test("a config that does not answer is neither read nor written; status tells it, apply refuses it by name", async () => {
  const simulated = ["--provider", "simulated", "--port", String(world.port)];
  await world.run(["run", ...simulated, ...shortTune()]);
  expect((await world.run(["apply", "--force", "--yes"])).code).toBe(0);
  const env = onDeadDisk("simulated.yaml");
  const refused = await world.run(["revert", "--yes"], env);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/simulated\.yaml does not answer/)]);
  const status = await world.run(["status", "--json"], env);
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('"state": "unreadable"')]);
});
