// A user's Mac on which whole ways through the extension are gone: several commands one after the other, the worker that they installed and
// started, a live provider under the launchd stand-in. At the end of each nothing may be left of it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "@jest/globals";
import { launch, rows, textOf, type App, type LaunchOptions } from "../../raycast-host/index.ts";
import { activeRow } from "../../support/worlds/active-run.ts";
import { LABEL, onMac, type DrainWorld } from "../../support/worlds/drain-world.ts";
import { answersOn, eventually } from "../../support/worlds/live-world.ts";
import { until } from "../../support/worlds/program.ts";
import type { BuiltCommands } from "./build-commands.ts";

/** What takes a run, or a restart of the provider. */
export const PATIENCE = { timeoutMs: 60_000 };

export interface Journey {
  world: DrainWorld;
  /** Where the worker was installed. */
  supportPath: string;
  /** What each launch of this user has: home, environment, the fake provider in the preferences. */
  options: LaunchOptions;
  open(command: string, more?: LaunchOptions): Promise<App>;
  /** Wait until the active run has ended and its worker is gone. @returns the newest run's row */
  ended(): Promise<RunRow>;
}

export interface RunRow {
  run_id: string;
  state: string;
  exit_reason: string | null;
  exit_detail: string | null;
}

/** Go a way, and see that no process, open journal, taken port or active run is left, and the live provider answers. */
export function journey(built: BuiltCommands, body: (way: Journey) => Promise<void>, agent?: null): Promise<void> {
  return onMac(async (world) => {
    const apps: App[] = [];
    const options: LaunchOptions = {
      ...{ dist: built.dist, home: world.home, env: world.env },
      preferences: { providerBinary: world.provider.program },
    };
    const way: Journey = {
      ...{ world, options },
      supportPath: join(world.home, "Library/Application Support/com.raycast.macos/extensions/mlx-autotune"),
      open: async (command, more = {}) => {
        const app = await launch(command, { ...options, ...more });
        apps.push(app);
        return app;
      },
      ended: async () => {
        await until("the end of the run", () => activeRow(world) === null && newestRun(world)?.state === "ended");
        await until("the end of its worker", () => workers(world).length === 0);
        return newestRun(world) ?? { run_id: "", state: "", exit_reason: null, exit_detail: null };
      },
    };
    try {
      await body(way);
      for (const app of apps) await app.close();
    } catch (error) {
      for (const app of apps) await app.close().catch(() => undefined); // what the test itself found wrong matters more
      for (const { pid } of workers(world)) process.kill(pid, "SIGTERM");
      await until("the end of the workers", () => workers(world).length === 0).catch(() => undefined);
      throw error;
    }
    await until("the end of every worker", () => workers(world).length === 0);
    if (existsSync(world.dbPath)) await world.expectAsBefore();
    else expect(await world.isLive()).toBe(agent !== null);
  }, agent);
}

const newestRun = (world: DrainWorld): RunRow | undefined =>
  world.rows<RunRow>("SELECT run_id, state, exit_reason, exit_detail FROM v_runs ORDER BY started_at_utc DESC")[0];

/** Processes of the worker that the extension installed: runs, guards, questions. */
export function workers(world: DrainWorld): { pid: number; command: string }[] {
  return execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(world.home) && /\/worker-[0-9a-f]{16}\/cli\.cjs/.test(line))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+ +/, "") }));
}

/** Fill the form of Find Best Recipe, field by field. */
export async function fillForm(app: App, values: Record<string, unknown>): Promise<void> {
  await app.until(() => app.find("Form.TextField"), "the form");
  for (const [id, value] of Object.entries(values)) await app.fill({ [id]: value });
}

/** The text of the form's notice of that title; "" while there is none. */
export const notice = (app: App, title: string): string =>
  textOf(app.find("Form.Description", { title })?.props["text"]);

/** Tuning Runs once its rows are there. */
export const listed = (app: App, count: number) =>
  app.until((tree) => rows(tree).length === count && tree.props["isLoading"] === false, `${count} rows`, PATIENCE);

/** A live provider that reads its config, under launchd; the config's text is `text`. @returns the config's path */
export async function loadConfiguredProvider(world: DrainWorld, text: string): Promise<string> {
  const path = join(world.home, ".config/macprovider/config.yaml");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const program = world.mac.program("macprovider-cli", "fake-macprovider-cli.mjs");
  const argv = [program, "serve", "--config", path];
  world.plist = await world.mac.load({ label: LABEL, argv, keepAlive: true, extra: { ExitTimeOut: 2 } });
  await eventually("the live provider answers", () => answersOn(world.livePort));
  return path;
}

/** Models that the live provider lists. */
export async function served(world: DrainWorld): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${world.livePort}/v1/models`);
  return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

/** The config as it is, byte by byte. */
export const bytes = (path: string): string => readFileSync(path, "latin1");

/** A failure toast has its log one keystroke away. @returns that log */
export async function copiedLog(app: App, title: string): Promise<string> {
  const { style, primaryAction, secondaryAction } = await app.toast(title, PATIENCE);
  expect(style).toBe("FAILURE");
  expect([primaryAction, secondaryAction]).toContain("Copy Log");
  const before = app.clips.length;
  await app.pressToast("Copy Log");
  await app.eventually(() => app.clips.length > before, "the log");
  return app.clipboard ?? "";
}
