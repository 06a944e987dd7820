// A user's Mac for drain tests: the launchd stand-in with a live provider that KeepAlive revives, the built program, a fake
// provider for candidates, and stand-ins for the tools that a run calls by name.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import Database from "better-sqlite3";
import { type AgentOptions, type LaunchdHarness, startLaunchd } from "./launchd-harness.ts";
import { answersOn, eventually } from "./live-world.ts";
import { createWorld, freePort, type Started, type World } from "./program.ts";
import { MODEL, plantModels, shortTune } from "./short-tune.ts";

export const LABEL = "live.malibu.provider";

export interface JournalRow {
  id: number;
  run_id: string;
  name: string;
  state: string;
  owner_pid: number;
  attempts: number;
  last_error: string | null;
  service_json: string;
}

export interface DrainWorld extends World {
  mac: LaunchdHarness;
  /** Where the live provider listens. */
  livePort: number;
  /** Its plist. */
  plist: string;
  isLive(): Promise<boolean>;
  journal(): JournalRow[];
  /** Change the database behind the program's back. */
  write(sql: string): void;
  /** Pids of this world's processes whose command line ends so. */
  processes(commandEnd: string): number[];
  /** Arguments of a short tune that drains. */
  drainArgs(changes?: Record<string, string | true>): string[];
  /** Put a shell script on the PATH. */
  tool(name: string, script: string): void;
  /** What `terminal-notifier` was told, one call per line. */
  notifications(): string[];
  /** The live provider answers, no candidate lives, the port is free, the journal is closed, the database is whole. */
  expectAsBefore(): Promise<void>;
}

/** A Mac whose live provider answers. @param agent changes of its agent; null = no live provider */
export async function createDrainWorld(agent: Partial<AgentOptions> | null = {}): Promise<DrainWorld> {
  const mac = await startLaunchd();
  const base = await createWorld({}, mac.home);
  const livePort = await freePort();
  plantModels(base, { [MODEL]: {} });
  const env = { ...base.env, PATH: mac.env["PATH"] ?? "", FAKE_LAUNCHD_DIR: mac.folder };
  Object.assign(base.env, env);
  const notified = join(mac.home, "notified.log");
  const world: DrainWorld = {
    ...base,
    mac,
    livePort,
    plist: "",
    isLive: () => answersOn(livePort),
    journal: () => base.rows("SELECT * FROM drain_journal ORDER BY id"),
    write: (sql) => {
      const db = new Database(base.dbPath);
      db.exec(sql);
      db.close();
    },
    processes: (commandEnd) =>
      execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.includes(mac.home) && line.endsWith(commandEnd))
        .map((line) => Number.parseInt(line, 10)),
    drainArgs: (changes = {}) => base.tuneArgs(["--json", "--offline", ...shortTune({ drain: true, ...changes })]),
    tool: (name, script) => {
      const path = join(mac.home, "bin", name);
      rmSync(path, { force: true }); // launchctl is a link to its stand-in
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    },
    notifications: () => (existsSync(notified) ? readFileSync(notified, "utf8").trim().split("\n") : []),
    expectAsBefore: () => expectAsBefore(world),
    close: async () => {
      const orphans = base.orphans();
      const free = await base.portFree();
      for (const pid of orphans) process.kill(pid, "SIGKILL");
      const left = await mac.stop();
      expect({ orphans, free, left }).toEqual({ orphans: [], free: true, left: [] });
    },
  };
  world.tool("terminal-notifier", `echo "$@" >>'${notified}'`);
  if (agent) {
    world.plist = await mac.load({
      label: LABEL,
      argv: [mac.program("malibu-cli"), "serve", "--port", String(livePort)],
      keepAlive: true,
      extra: { ExitTimeOut: 2 },
      ...agent,
    });
    await eventually("the live provider answers", () => world.isLive());
  }
  return world;
}

/** Run `body` on a Mac of its own, and see that nothing is left behind. */
export async function onMac(
  body: (world: DrainWorld) => Promise<void>,
  agent: Partial<AgentOptions> | null = {},
): Promise<void> {
  const world = await createDrainWorld(agent);
  try {
    await body(world);
  } finally {
    await world.close();
  }
}

async function expectAsBefore(world: DrainWorld): Promise<void> {
  expect(await world.isLive()).toBe(true);
  expect(world.orphans()).toEqual([]);
  expect(await world.portFree()).toBe(true);
  expect(world.journal().filter((row) => !["restored", "left_out"].includes(row.state))).toEqual([]);
  expect(world.rows("SELECT * FROM tune_active")).toEqual([]);
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}

/** Wait until the run has drained the live provider. */
export async function untilDrained(world: DrainWorld, run: Started): Promise<void> {
  const isOut = () => existsSync(world.dbPath) && safeJournal(world).some((row) => row.state === "out");
  await eventually("it is drained", isOut).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${run.stderr()}`);
  });
}

function safeJournal(world: DrainWorld): JournalRow[] {
  try {
    return world.journal();
  } catch {
    return []; // the database is being created
  }
}
