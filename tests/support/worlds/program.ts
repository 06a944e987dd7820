// A user's world for black-box tests: a home folder, a database, a port, a fake provider, and the built program run in it.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { parseProcStat } from "../../../worker/platform/processes/proc-stat.ts";
import { alive, freePort, livesWith, WAIT_MS } from "./live-world.ts";
import { installFakeProvider, type FakeProvider, type Scenario } from "../servers/fake-provider.ts";
import { removeFolder } from "./remove-folder.ts";

export { freePort } from "./live-world.ts";

/** A copy may be named, so that long tests do not notice that it is built anew. */
export const PROGRAM = resolve(process.env["PROGRAM_UNDER_TEST"] ?? "assets/worker/cli.cjs");

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  process: ChildProcess;
  pid: number;
  finished: Promise<Finished>;
  stderr(): string;
}

export interface World {
  home: string;
  port: number;
  dbPath: string;
  env: Record<string, string>;
  provider: FakeProvider;
  /** Run the program to its end. */
  run(args: string[], env?: Record<string, string>): Promise<Finished>;
  /** Start the program and go on. */
  start(args: string[], env?: Record<string, string>, options?: { detached?: boolean }): Started;
  /** `run` with the fake provider, this port, and `--json`: the parsed document beside the rest. */
  tune(args: string[], env?: Record<string, string>): Promise<Finished & { result: RunResult }>;
  /** Arguments of a tune with the fake provider. */
  tuneArgs(args: string[]): string[];
  rows<T = Record<string, unknown>>(sql: string, ...values: unknown[]): T[];
  /** Pids of candidates that are still alive. */
  orphans(): number[];
  portFree(): Promise<boolean>;
  /** Kill what `start` started and still lives: the runs of a test that has failed. */
  endRuns(): void;
  /** Nothing may be left behind: throws if a candidate lives, the port is taken or a run is active. Removes the home. */
  close(): Promise<void>;
}

/**
 * @param scenario of the fake provider; its link has a name that conflict detection does not know, as tests run side by side.
 * @param home an existing folder; a new one by default
 */
export async function createWorld(
  scenario: Scenario = {},
  home = mkdtempSync(join(tmpdir(), "autotune-")),
): Promise<World> {
  const port = await freePort();
  const provider = installFakeProvider(home, scenario, "provider-under-test");
  const dbPath = join(home, ".config/mlx-autotune/autotune.sqlite");
  // Of all processes only candidates, and what started them, have it.
  const mark = `FAKE_PROVIDER_LOG=${provider.env["FAKE_PROVIDER_LOG"]}`;
  const { PATH = "" } = process.env;
  // Whatever else serves on this machine is none of the test's business.
  // And no test asks the real Hub: nobody listens there.
  const HF_ENDPOINT = "http://127.0.0.1:9";
  const env = { HOME: home, PATH, HF_ENDPOINT, MLX_AUTOTUNE_TEST_SCOPE: home, ...provider.env };
  const tuneArgs = (args: string[]) => [
    "run",
    "--provider",
    "macprovider",
    "--provider-bin",
    provider.program,
    "--port",
    String(port),
    ...args,
  ];
  const started: ChildProcess[] = [];
  const start: World["start"] = (args, more = {}, options = {}) => {
    const run = startProgram(args, { ...env, ...more }, home, options.detached ?? false);
    started.push(run.process);
    return run;
  };
  const run: World["run"] = (args, more) => start(args, more).finished;
  const world: World = {
    home,
    port,
    dbPath,
    env,
    provider,
    run,
    start,
    tuneArgs,
    tune: async (args, more) => {
      const finished = await run(tuneArgs(["--json", "--offline", ...args]), more);
      return { ...finished, result: parseResult(finished) };
    },
    rows: (sql, ...values) => query(dbPath, sql, values),
    orphans: () =>
      provider
        .noted()
        .filter((line) => line.event === "start" || line.event === "grandchild")
        .filter(({ pid, at }) => alive(pid) && livesWith(mark, pid) && startedBefore(pid, at))
        .map((line) => line.pid),
    portFree: () => portFree(port),
    endRuns: () => started.forEach((child) => child.kill("SIGKILL")),
    close: async () => {
      world.endRuns();
      const orphans = world.orphans();
      const free = await portFree(port);
      const active = existsSync(dbPath) ? world.rows("SELECT * FROM tune_active") : [];
      for (const pid of orphans) process.kill(pid, "SIGKILL");
      removeFolder(home);
      if (orphans.length > 0 || !free || active.length > 0)
        throw new Error(
          `left behind: orphans ${orphans.join(", ")}; port ${port} ${free ? "free" : "taken"}; active ${JSON.stringify(active)}`,
        );
    },
  };
  return world;
}

function startProgram(args: string[], env: Record<string, string>, cwd: string, detached: boolean): Started {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd, detached, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  const finished = new Promise<Finished>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  return { process: child, pid: child.pid ?? 0, finished, stderr: () => stderr };
}

function parseResult({ stdout, stderr, code }: Finished): RunResult {
  try {
    return JSON.parse(stdout) as RunResult;
  } catch {
    throw new Error(`stdout is not one JSON document (exit ${code}):\n${stdout}\n--- stderr ---\n${stderr}`);
  }
}

function query<T>(dbPath: string, sql: string, values: unknown[]): T[] {
  const db = new Database(dbPath, { readonly: true });
  try {
    return db.prepare(sql).all(...values) as T[];
  } finally {
    db.close();
  }
}

/** A pid that was noted at `atMs` (wall clock) may have been given to a later process since. True where that cannot be told. */
function startedBefore(pid: number, atMs: number): boolean {
  if (!existsSync("/proc/self/stat")) return true;
  try {
    const ticks = Number(parseProcStat(readFileSync(`/proc/${pid}/stat`, "utf8")).startTicks);
    const uptimeMs = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
    const agoMs = uptimeMs - ticks * 10; // 100 ticks a second
    return Date.now() - agoMs <= atMs + 500;
  } catch {
    return false;
  }
}

async function portFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

/** Poll until `check` gives something truthy. @throws after `limitMs`, with what was waited for */
export async function until<T>(what: string, check: () => T | Promise<T>, limitMs = WAIT_MS): Promise<NonNullable<T>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await delay(20);
  }
}
