// A user's Mac for drain tests: the launchd stand-in with a live provider that KeepAlive revives, the built program, a fake
// provider for candidates, and stand-ins for the tools that a run calls by name.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
  /** Its plist; "" without a live provider. */
  plist: string;
  /** Whether it has a watchdog. */
  watched: boolean;
  /** Load the watchdog of the live provider. */
  watch(): Promise<void>;
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
  /** What is not as it was before any run; [] = the provider answers, nothing lives on, the journal is closed, the database is whole. */
  problems(): Promise<Problem[]>;
  /** @throws Error with the problems */
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
    watched: false,
    watch: async () => {
      await mac.loadWatchdog(LABEL, world.plist);
      world.watched = true;
    },
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
    problems: () => problemsOf(world),
    expectAsBefore: async () => {
      const problems = await problemsOf(world);
      if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2));
    },
    close: async () => {
      base.endRuns();
      const orphans = base.orphans();
      const free = await base.portFree();
      for (const pid of orphans) process.kill(pid, "SIGKILL");
      const left = await mac.stop();
      if (orphans.length > 0 || !free || left.length > 0)
        throw new Error(
          `left behind: orphans ${orphans.join()}, port ${free ? "free" : "taken"}, processes ${left.join()}`,
        );
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
  } catch (error) {
    await world.close().catch(() => undefined); // what the test itself found wrong matters more
    throw error;
  }
  await world.close();
}

export interface Problem {
  kind: "drained" | "orphan" | "torn" | "untold";
  what: string;
}

async function problemsOf(world: DrainWorld): Promise<Problem[]> {
  const { mac } = world;
  const found: Problem[] = [];
  const check = (kind: Problem["kind"], bad: boolean, what: string) => bad && found.push({ kind, what });
  const open = world.journal().filter((row) => !["restored", "left_out"].includes(row.state));
  // A port that nobody listens on refuses at once; a busy machine may take its time to answer.
  check(
    "drained",
    world.plist !== "" && !(await answersOn(world.livePort, 20_000)),
    "the live provider does not answer",
  );
  check("drained", world.watched && mac.pidOf(`${LABEL}-watchdog`) === null, "its watchdog does not run");
  check("drained", open.length > 0, `the journal is open: ${JSON.stringify(open)}`);
  check("orphan", world.orphans().length > 0, `candidates live: ${world.orphans().join()}`);
  check("orphan", !(await world.portFree()), `port ${world.port} is taken`);
  const active = world.rows("SELECT * FROM tune_active");
  check("torn", active.length > 0, `a run counts as active: ${JSON.stringify(active)}`);
  const [{ integrity_check: integrity = "no answer" } = {}] = world.rows<{ integrity_check?: string }>(
    "PRAGMA integrity_check",
  );
  check("torn", integrity !== "ok", integrity);
  return found;
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
