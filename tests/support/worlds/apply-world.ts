// A Mac with a launchd stand-in, a live provider that reads its config, and a database with recipes: what apply and revert meet.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import type { Knobs } from "../../../worker/core/knobs.ts";
import { SPEC_VERSION, type RunResult } from "../../../worker/core/result/recipe.ts";
import { openStore } from "../../../worker/store/store.ts";
import type { Scenario } from "../servers/fake-provider.ts";
import { startLaunchd, type LaunchdHarness } from "./launchd-harness.ts";
import { answersOn, eventually, freePort } from "./live-world.ts";
import { PROGRAM } from "./program.ts";
import { figures, MACHINE, ME, okReplicate, visit } from "../store/store-fixtures.ts";
import { removeFolder } from "./remove-folder.ts";

export const LABEL = "live.malibu.provider";
export const OLD = "mlx-community/Old-3B-4bit";
export const NEW = "mlx-community/New-7B-4bit";
/** What must never be seen outside of the config. */
export const SECRET = "tok-5f3a9c1e77";

export const configText = (port: number): string =>
  `# my provider\r\nport: ${port}\r\nmodel: "${OLD}"   # the one that works\r\nprovider_token: ${SECRET}\r\nkv_bits: 4\r\nlabels: {größe: 1}\r\n# end, no line break`;

export interface RecipePart {
  model?: string;
  knobs?: Partial<Knobs>;
  partial?: boolean;
  simulated?: boolean;
  provider?: "macprovider" | "mlx-lm" | "simulated";
  /** Values of the max_context axis; null = not asked for. */
  contexts?: number[] | null;
  serveCommand?: string;
  startedAt?: string;
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ApplyWorld {
  mac: LaunchdHarness;
  port: number;
  dbPath: string;
  /** ~/.config/macprovider/config.yaml */
  configPath: string;
  config(): string;
  writeConfig(text: string): void;
  backups(): string[];
  setScenario(scenario: Scenario): void;
  /** Load the provider as an agent and wait until it answers. */
  loadProvider(options?: { argv?: string[]; env?: Record<string, string>; keepAlive?: boolean }): Promise<void>;
  /** Ids that the provider lists; [] while it does not answer. */
  served(): Promise<string[]>;
  /** @returns the run's id */
  storeRecipe(part?: RecipePart): string;
  start(args: string[], env?: Record<string, string>): { process: ChildProcess; finished: Promise<Finished> };
  run(args: string[], env?: Record<string, string>): Promise<Finished>;
  rows<T = Record<string, unknown>>(sql: string): T[];
  /** Every job and file of the test goes; the home stays. */
  reset(): Promise<void>;
  /** @returns pids that still live: [] */
  close(): Promise<number[]>;
}

export async function createApplyWorld(): Promise<ApplyWorld> {
  const mac = await startLaunchd();
  const port = await freePort();
  const dbPath = join(mac.home, ".config/mlx-autotune/autotune.sqlite");
  const configPath = join(mac.home, ".config/macprovider/config.yaml");
  const scenarioFile = join(mac.home, "scenario.json");
  const program = mac.program("macprovider-cli", "fake-macprovider-cli.mjs");
  const start: ApplyWorld["start"] = (args, env = {}) => startProgram(args, { ...mac.env, ...env }, mac.home);
  const served = () => servedOn(port);
  const world: ApplyWorld = {
    ...{ mac, port, dbPath, configPath, served, start },
    config: () => readFileSync(configPath, "utf8"),
    writeConfig: (text) => {
      mkdirSync(dirname(configPath), { recursive: true });
      writeFileSync(configPath, text);
    },
    backups: () => readdirSync(dirname(configPath)).filter((name) => name.includes(".bak-")),
    setScenario: (scenario) => writeFileSync(scenarioFile, JSON.stringify(scenario)),
    loadProvider: async ({ argv, env = {}, keepAlive = true } = {}) => {
      const words = argv ?? [program, "serve", "--config", configPath];
      await mac.load({ label: LABEL, argv: words, keepAlive, env: { FAKE_PROVIDER_SCENARIO: scenarioFile, ...env } });
      await eventually("the provider answers", () => answersOn(port));
    },
    storeRecipe: (part = {}) => storeRecipe(dbPath, part),
    run: (args, env) => start(args, env).finished,
    rows: <T>(sql: string) => {
      const db = new Database(dbPath, { readonly: true });
      try {
        return db.prepare(sql).all() as T[];
      } finally {
        db.close();
      }
    },
    reset: async () => {
      await mac.control("empty");
      world.setScenario({});
      const agents = join(mac.home, "Library/LaunchAgents");
      for (const path of [dirname(configPath), dirname(dbPath), agents]) removeFilesIn(path);
    },
    close: () => mac.stop(),
  };
  world.setScenario({});
  return world;
}

function removeFilesIn(folder: string): void {
  removeFolder(folder);
  mkdirSync(folder, { recursive: true });
}

async function servedOn(port: number): Promise<string[]> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/models`, { signal: AbortSignal.timeout(2000) });
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  } catch {
    return [];
  }
}

function startProgram(args: string[], env: NodeJS.ProcessEnv, cwd: string) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env,
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  const finished = new Promise<Finished>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  return { process: child, finished };
}

let recipes = 0;

function storeRecipe(dbPath: string, part: RecipePart): string {
  const { model = NEW, partial = false, simulated = false, contexts = null } = part;
  const provider = part.provider ?? (simulated ? "simulated" : "macprovider");
  const runId = randomUUID();
  recipes += 1;
  const startedAt = part.startedAt ?? new Date(Date.UTC(2026, 0, 1, 0, 0, recipes)).toISOString();
  const knobs: Knobs = { kv_bits: 8, max_concurrency_override: 2, max_context_override: 2000, ...part.knobs };
  const machine = { ...MACHINE, simulated };
  const serve_command = part.serveCommand ?? `macprovider-cli serve --model ${model} --kv-bits 8`;
  const result: RunResult = {
    ...{ spec_version: SPEC_VERSION, run_id: runId, started_at: startedAt, ended_at: startedAt, machine },
    inputs: {
      ...{ provider, target_context: 2000, candidate_models: [model], method: "race" },
      ...{ stage1_replicates: 1, stage2_replicates: 5, gate_ttft_ms: 60_000, tps_tie_epsilon: 0.1, seed: 1 },
    },
    recommendation: {
      ...{ model, target_context: 2000, knobs, tps_median: 40, decode_tps_median: 42, ttft_p95_ms: 900 },
      ...{ replicates: 5, uplift: null, partial, serve_command, reason: "fastest", findings: [] },
      ...{ thermally_unstable: false, drift: null },
    },
    ...{ alternates: [], infeasible: [], recipe_hash: `sha256:${"0".repeat(64)}`, exit_reason: "ok", detail: null },
    db_path: dbPath,
  };
  mkdirSync(dirname(dbPath), { recursive: true });
  const store = openStore(dbPath);
  const axes = { kv_bits: null, max_batch: null, max_context: contexts, prefill_step_size: null };
  const run = store.beginRun(
    { runId, startedAt, specVersion: SPEC_VERSION, inputs: { axes, targetContext: 2000 } },
    ME,
    () => true,
  );
  run.described({ machine, candidates: [model], provider, plannedCells: 2 });
  for (const [position, cap] of (contexts ?? [2000]).entries()) {
    const cell = { ...knobs, max_context_override: cap };
    const measured = { targetContext: 2000, maxTokens: 128, position };
    const trial = run.trialStarted({ stage: 2, model, knobs: cell, ...measured });
    run.visitEnded(trial, visit([okReplicate(40)], { knobs: cell }), figures());
  }
  run.ended({
    exitReason: "ok",
    detail: null,
    recommendationJson: JSON.stringify(result),
    recipeHash: result.recipe_hash,
    thermalDrift: null,
  });
  store.close();
  return runId;
}

/** Everything that is stored beside the config: the database with its sidecars, and the logs. */
export function storedBytes(world: ApplyWorld): string {
  const folder = dirname(world.dbPath);
  if (!existsSync(folder)) return "";
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}
