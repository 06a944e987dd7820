// Contract §6: a model whose disk never answers is left out by name after its time, and the others are measured.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { alive } from "../support/live-world.ts";
import { modelFiles, plantSnapshot } from "../support/model-files.ts";
import { createWorld } from "../support/program.ts";
import { shortTune } from "../support/short-tune.ts";

test("a dead disk costs its own models only, and seconds", async () => {
  const world = await createWorld();
  const log = join(world.home, "dead-reads");
  const dead = ["t/On-Dead-Disk-1B", "t/On-Dead-Disk-2B", "t/On-Dead-Disk-3B", "t/On-Dead-Disk-4B"];
  for (const id of ["t/Fine-1B", ...dead]) plantSnapshot(`${world.home}/.cache/huggingface/hub`, id, modelFiles());
  const { code, result, stderr } = await world.tune(shortTune({ "candidate-models": "cached" }), {
    NODE_OPTIONS: `--require ${resolve("tests/support/dead-disk.cjs")}`,
    DEAD_DISK: "On-Dead-Disk",
    DEAD_DISK_LOG: log,
  });
  expect([code, result.recommendation?.model]).toEqual([0, "t/Fine-1B"]);
  for (const id of dead) expect(stderr).toMatch(new RegExp(`left out of the cache's models: ${id}: .*does not answer`));
  const readers = readFileSync(log, "utf8").split("\n").filter(Boolean).map(Number);
  expect([readers.length, readers.filter(alive)]).toEqual([4, []]);
  await world.close();
});
