// Contract §3 (interrupted) and §6: a model on a disk that never answers a read keeps no command from ending at a signal.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { alive } from "../support/live-world.ts";
import { modelFiles, plantSnapshot } from "../support/model-files.ts";
import { createWorld, until, type World } from "../support/program.ts";
import { shortTune } from "../support/short-tune.ts";

const DEAD = "t/On-Dead-Disk-3B";

let world: World;
let log: string;
beforeEach(async () => {
  world = await createWorld();
  log = join(world.home, "dead-reads");
  const cache = join(world.home, ".cache/huggingface/hub");
  for (const id of ["t/Fine-1B", DEAD]) plantSnapshot(cache, id, modelFiles());
});
afterEach(async () => {
  for (const pid of heldReaders()) process.kill(pid, "SIGKILL");
  await world.close();
});

const heldReaders = () =>
  (existsSync(log) ? readFileSync(log, "utf8") : "").split("\n").filter(Boolean).map(Number).filter(alive);

const onDeadDisk = () => ({
  NODE_OPTIONS: `--require ${resolve("tests/support/dead-disk.cjs")}`,
  DEAD_DISK: "On-Dead-Disk",
  DEAD_DISK_LOG: log,
});

const provider = () => ["--provider", "macprovider", "--provider-bin", world.provider.program];
const COMMANDS: [string, () => string[]][] = [
  ["run", () => world.tuneArgs(["--json", ...shortTune({ "candidate-models": "cached" })])],
  ["run of that model", () => world.tuneArgs(["--json", ...shortTune({ "candidate-models": DEAD })])],
  ["plan", () => ["plan", ...provider(), "--candidate-models", "cached"]],
  ["plan of that model", () => ["plan", ...provider(), "--candidate-models", DEAD]],
  ["doctor", () => ["doctor", ...provider()]],
];

describe.each(COMMANDS)("%s", (_name, args) => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends at %s while it waits for the disk", async (signal, code) => {
    const run = world.start(args(), onDeadDisk());
    await until("a read of the dead disk", () => existsSync(log));
    process.kill(run.pid, signal);
    expect((await run.finished).code).toBe(code);
    await until("the readers' end", () => heldReaders().length === 0);
  });
});

test("run ends at its time limit while it waits for the disk", async () => {
  const args = world.tuneArgs(["--json", ...shortTune({ "candidate-models": "cached", "max-duration": "1" })]);
  const { code, stdout } = await world.run(args, onDeadDisk());
  expect([code, JSON.parse(stdout)]).toEqual([
    6,
    expect.objectContaining({ exit_reason: "budget_exhausted_no_model_selected" }),
  ]);
});

test("a pipe among the cache's files is left out by name, and the others are measured", async () => {
  const refs = join(world.home, ".cache/huggingface/hub/models--t--Pipe-7B/refs");
  mkdirSync(refs, { recursive: true });
  execFileSync("mkfifo", [join(refs, "main")]);
  const { code, result, stderr } = await world.tune(shortTune({ "candidate-models": "cached" }));
  expect([code, result.recommendation?.model]).toEqual([0, "t/Fine-1B"]);
  expect(stderr).toContain(`left out of the cache's models: t/Pipe-7B: ${refs}/main: it is no file but a pipe`);
});

test("a read that this process itself waits for does not keep it from ending", async () => {
  const pipe = join(world.home, "key");
  execFileSync("mkfifo", [pipe]);
  const run = world.start(["sweep", "--base-url", "http://127.0.0.1:9", "--model", "m", "--api-key-file", pipe]);
  await until("the database", () => existsSync(world.dbPath));
  // The key is asked for right after; a signal before that must end it just the same.
  process.kill(run.pid, "SIGTERM");
  expect((await run.finished).code).toBe(143);
});
