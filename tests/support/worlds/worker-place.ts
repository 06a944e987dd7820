// A user's Raycast without Raycast: assets, support folder, home and database of a test's own, for the modules that start the worker.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import type { WorkerPlace } from "../../../src/lib/worker/worker-place.ts";
import { removeFolder } from "./remove-folder.ts";

export interface TestPlace extends WorkerPlace {
  /** Variables by which this test's processes are told from others'. */
  mark: string;
  close: () => void;
}

/** @param worker "built" = the program as built; else the text of a stand-in for it */
export function createPlace(worker: string): TestPlace {
  const homeDir = mkdtempSync(join(tmpdir(), "raycast-"));
  const place: TestPlace = {
    assetsPath: join(homeDir, "assets"),
    supportPath: join(homeDir, "Support Files"), // Raycast's lies below "Application Support"
    dbPath: join(homeDir, "db", "autotune.sqlite"),
    homeDir,
    env: {
      PATH: process.env["PATH"],
      HOME: homeDir,
      MLX_AUTOTUNE_TEST_SCOPE: homeDir,
      HF_ENDPOINT: "http://127.0.0.1:9",
    },
    nodeBinary: null,
    providerBinary: null,
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    deepLink: (runId) => `raycast://test/${runId}`,
    mark: homeDir,
    close: () => removeFolder(homeDir),
  };
  if (worker === "built") cpSync(resolve("assets/worker"), join(place.assetsPath, "worker"), { recursive: true });
  else writeAssets(place.assetsPath, { "cli.cjs": worker });
  return place;
}

/** Write assets with a manifest as scripts/build-worker.mjs does. @returns the name of the folder that they are installed into */
export function writeAssets(assetsPath: string, contents: Record<string, string>): string {
  const folder = join(assetsPath, "worker");
  mkdirSync(folder, { recursive: true });
  const files = Object.entries(contents).map(([path, text]) => {
    writeFileSync(join(folder, path), text);
    return { path, bytes: Buffer.byteLength(text), sha256: sha256(text), executable: false, platform: null };
  });
  const version = sha256(JSON.stringify(files));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ version, files }));
  return `worker-${version.slice(0, 16)}`;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Command lines of living processes that have this text in them; nothing else of the machine. */
export function processesWith(text: string): { pid: number; ppid: number; stat: string; command: string }[] {
  const { stdout } = spawnSync("ps", ["-axww", "-o", "pid=,ppid=,stat=,command="], { encoding: "utf8" });
  return stdout
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, ppid, stat = "", command = ""]) => ({ pid: Number(pid), ppid: Number(ppid), stat, command }))
    .filter(({ command, stat, ppid }) => command.includes(text) || (stat.startsWith("Z") && ppid === process.pid));
}

/** What a query says; [] while there is no such database. Never better-sqlite3 here: the code under test reads with node:sqlite. */
export function rows<T = Record<string, unknown>>(dbPath: string, sql: string): T[] {
  if (!existsSync(dbPath)) return [];
  const db = new DatabaseSync(dbPath, { readOnly: true, timeout: 5000 });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

/** Run id and text of every worker log beside the database. */
export function workerLogs(dbPath: string): { runId: string; text: string }[] {
  const folder = join(dbPath, "../logs");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".worker.log")) : [];
  return names.map((name) => ({
    runId: name.slice(0, -".worker.log".length),
    text: readFileSync(join(folder, name), "utf8"),
  }));
}
