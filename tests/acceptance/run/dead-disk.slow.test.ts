// Contract §3 (interrupted) and §6: a model on a disk that never answers a read keeps no command from ending at a signal.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { alive } from "../../support/worlds/live-world.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { createWorld, until, type World } from "../../support/worlds/program.ts";
import { shortTune } from "../../support/worlds/short-tune.ts";

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

const onDeadDisk = (disk = "On-Dead-Disk") => ({
  NODE_OPTIONS: `--require ${resolve("tests/support/dead-disk.cjs")}`,
  DEAD_DISK: disk,
  DEAD_DISK_LOG: log,
});

async function endsAt(signal: "SIGINT" | "SIGTERM", args: string[], env: Record<string, string>) {
  const run = world.start(args, env);
  await until("a read of the dead disk", () => existsSync(log));
  process.kill(run.pid, signal);
  return (await run.finished).code;
}

function plantConfig(): void {
  const folder = join(world.home, ".config/macprovider");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.yaml"), "model: t/Fine-1B\n");
}

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

const provider = () => ["--provider", "macprovider", "--provider-bin", world.provider.program];
const COMMANDS: [string, () => string[]][] = [
  ["run", () => world.tuneArgs(["--json", ...shortTune({ "candidate-models": "cached" })])],
  ["run of that model", () => world.tuneArgs(["--json", ...shortTune({ "candidate-models": DEAD })])],
  ["plan", () => ["plan", ...provider(), "--candidate-models", "cached"]],
  ["plan of that model", () => ["plan", ...provider(), "--candidate-models", DEAD]],
  ["doctor", () => ["doctor", ...provider()]],
];

/** Start the same twice and end the second by a signal. @returns which ended first; the first waits for its time limit */
async function endsFirst(args: () => string[], disk: string): Promise<"waiting" | "signalled"> {
  const reads = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0);
  const start = async (nth: number) => {
    const run = world.start(args(), onDeadDisk(disk));
    await until("its read", () => reads() >= nth);
    return run;
  };
  const waiting = await start(1);
  const signalled = await start(reads() + 1);
  process.kill(signalled.pid, "SIGTERM");
  return Promise.race([
    waiting.finished.then(() => "waiting" as const),
    signalled.finished.then(() => "signalled" as const),
  ]);
}

test.each([
  ["the settings file", () => ["status"], "mlx-autotune/config.yaml"],
  ["the provider's own config", () => ["plan", ...provider()], "macprovider/config.yaml"],
] as [string, () => string[], string][])(
  "a signal ends the waiting for %s, not its limit",
  async (_name, args, disk) => {
    plantConfig();
    expect(await endsFirst(args, disk)).toBe("signalled");
  },
);

describe.each(COMMANDS)("%s", (_name, args) => {
  test.each(SIGNALS)("ends at %s while it waits for the disk", async (signal, code) => {
    expect(await endsAt(signal, args(), onDeadDisk())).toBe(code);
    await until("the readers' end", () => heldReaders().length === 0);
  });
});

describe.each([
  ["run", () => world.tuneArgs(shortTune())],
  ["plan", () => ["plan", ...provider()]],
  ["doctor", () => ["doctor", ...provider()]],
  ["status", () => ["status"]],
  ["restore", () => ["restore"]],
  ["apply", () => ["apply", "--dry-run"]],
  ["uninstall", () => ["uninstall", "--dry-run"]],
] as [string, () => string[]][])("the settings file of %s", (_name, args) => {
  test.each(SIGNALS)("may lie there: it ends at %s", async (signal, code) => {
    expect(await endsAt(signal, args(), onDeadDisk("mlx-autotune/config.yaml"))).toBe(code);
  });
});

test.each([
  ["doctor", () => ["doctor", ...provider()]],
  ["run", () => world.tuneArgs(shortTune())],
] as [string, () => string[]][])("a folder of PATH may lie there: %s ends at a signal", async (_name, args) => {
  const PATH = `${world.home}/On-Dead-Disk/bin:${world.env["PATH"]}`;
  expect(await endsAt("SIGTERM", args(), { ...onDeadDisk(), PATH })).toBe(143);
  await until("its reader has gone", () => heldReaders().length === 0);
});

describe.each([
  ["plan", () => ["plan", ...provider()]],
  ["run", () => world.tuneArgs(shortTune())],
  ["doctor", () => ["doctor", ...provider()]],
] as [string, () => string[]][])("the provider's own config, for %s", (_name, args) => {
  test("may lie there: it ends at a signal", async () => {
    plantConfig();
    expect(await endsAt("SIGTERM", args(), onDeadDisk("macprovider/config.yaml"))).toBe(143);
  });
});

describe("the config that holds a recipe", () => {
  beforeEach(async () => {
    const tuned = await world.run(["run", "--provider", "simulated", "--port", String(world.port), ...shortTune()]);
    const applied = await world.run(["apply", "--force", "--yes"]);
    expect([tuned.code, applied.code]).toEqual([0, 0]);
  });

  test.each([[["apply", "--force", "--dry-run"]], [["revert"]], [["status"]]])(
    "may lie there: %s ends at a signal",
    async (args) => {
      expect(await endsAt("SIGINT", args, onDeadDisk("simulated.yaml"))).toBe(130);
    },
  );
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
