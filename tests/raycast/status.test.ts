// Autotune Status as it stands in the menu bar: idle, with a recipe, during a run, in the red state, over databases that cannot be read or
// change under it. It always comes to rest, and never starts a process. Source: contract §14, §5.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { SCHEMA_VERSION } from "../../worker/core/runs/schema-version.ts";
import { launch, run, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { until } from "../support/worlds/program.ts";
import { holdDatabase } from "./support/held-database.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { launchesOf, numberOf, sections, title, titles } from "./support/menu-bar.ts";
import {
  CONFIG,
  createRunRows,
  IDS,
  MODELS,
  NOBODY,
  storeActive,
  storeApplied,
  storeDrained,
  storeStuck,
  storeFailure,
  storeRecipe,
  type RunRows,
} from "./support/run-rows.ts";

let built: BuiltCommands;
let world: RunRows;
const open: App[] = [];

beforeAll(async () => {
  built = await buildCommands("autotune-status", "cancel-tuning", "tuning-runs");
});
afterAll(() => built.remove());
beforeEach(() => {
  world = createRunRows();
});
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  expect(startedProcesses()).toEqual([]);
  world.remove();
});

const startedFile = () => join(world.home, "started-processes");
const startedProcesses = () =>
  existsSync(startedFile()) ? readFileSync(startedFile(), "utf8").trim().split("\n") : [];

/** With a note of every process that the command starts. */
const options = (more: LaunchOptions = {}): LaunchOptions => ({
  dist: built.dist,
  home: world.home,
  env: {
    MLX_AUTOTUNE_TEST_SCOPE: world.home,
    NODE_OPTIONS: `--require ${resolve("tests/raycast/support/note-processes.cjs")}`,
    STARTED_PROCESSES: startedFile(),
  },
  ...more,
});

/** The menu bar command as Raycast runs it every so often, once it has come to rest: then, and only then, it is unloaded. */
async function look(more: LaunchOptions = {}): Promise<App> {
  const app = await launch("autotune-status", options({ launchType: "background", ...more }));
  open.push(app);
  await app.eventually(() => app.paints.length > 0 && app.paints.at(-1)?.isLoading === false, "rest");
  return app;
}

const MORE = ["Tuning Runs", "Autotune Doctor", "Preferences…"];
const tint = (app: App) => JSON.stringify(app.tree()?.props["icon"]);

const GAUGE = expect.stringMatching(/gauge/i);
const NEW = ["Find Best Recipe", ...MORE];
const HIDES = { hideWhileIdle: true };
const HIDDEN = "No run is active: Autotune Status hides while idle";

test("before anything was measured the gauge leads to Find Best Recipe, with a database and without one", async () => {
  const empty = await look();
  expect([tint(empty), title(empty), titles(empty)]).toEqual([GAUGE, "", NEW]);
  expect([empty.launches, empty.subtitles]).toEqual([[], [null]]);
  rmSync(world.dbPath);
  const missing = await look();
  expect([tint(missing), titles(missing), sections(missing)]).toEqual([GAUGE, NEW, []]);
  expect(existsSync(world.dbPath)).toBe(false);
});

test("told to hide while idle it stands there only for a run and what needs the user; who launches it is told", async () => {
  rmSync(world.dbPath);
  expect((await look({ preferences: HIDES })).tree()).toBeNull();
  world.write((store) => storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8));
  storeApplied(world, IDS.recipe);
  const idle = await look({ preferences: HIDES });
  expect([idle.tree(), idle.huds, idle.subtitles]).toEqual([null, [], ["Mid-7B-4bit · 41.8 tok/s"]]);
  const asked = await look({ preferences: HIDES, launchType: "userInitiated" });
  expect([asked.tree(), asked.huds]).toEqual([null, [HIDDEN]]);
  world.write((store) => storeActive(store));
  const active = await look({ preferences: HIDES, launchType: "userInitiated" });
  expect([title(active), active.huds]).toEqual(["42 %", []]);
  world.sql("DELETE FROM tune_active");
  world.write((store) => storeDrained(store, "failed"));
  expect(titles(await look({ preferences: HIDES }))[0]).toMatch(/^Not in service/);
});

test("idle it shows the last recipe, also behind later failures, and offers to apply it until that is done", async () => {
  world.write((store) => {
    storeRecipe(store, IDS.older, "2026-03-01T10:00:00.000Z", 30.2);
    storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.83);
    storeFailure(store, IDS.failed, "2026-03-03T10:00:00.000Z", "no_feasible");
  });
  const app = await look();
  expect(title(app)).toBe("");
  expect(sections(app)).toEqual(["Last Recipe"]);
  expect(titles(app)).toEqual([
    "Mid-7B-4bit",
    "41.8 tok/s · TTFT 400 ms",
    "batch 1",
    "Apply Latest Recipe…",
    "Find Best Recipe",
    ...MORE,
  ]);
  expect(app.subtitles).toEqual(["Mid-7B-4bit · 41.8 tok/s"]);
});

const RECIPE = "Mid-7B-4bit";

test("an applied recipe is said to be so by what its config holds: a look that starts no process settles what it can", async () => {
  world.write((store) => storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8));
  const path = storeApplied(world, IDS.recipe);
  const app = await look();
  expect([sections(app), titles(app)[0]]).toEqual([["Last Recipe · applied"], RECIPE]);
  expect(titles(app)).not.toContain("Apply Latest Recipe…");
  writeFileSync(path, CONFIG);
  const changed = await look();
  expect(sections(changed)).toEqual(["Last Recipe · config changed"]);
  expect(titles(changed)).toContain("Apply Latest Recipe…");
  // What a view has asked the worker about these bytes is known from then on.
  const env = { MLX_AUTOTUNE_TEST_SCOPE: world.home, PATH: process.env["PATH"] ?? "" };
  const view = await launch("tuning-runs", options({ env }));
  open.push(view);
  await view.until(() => view.text().includes("Applied, Edited Since"), "the worker's answer");
  const asked = await look();
  expect(sections(asked)).toEqual(["Last Recipe · applied, edited since"]);
  expect(titles(asked)).toContain("Apply Latest Recipe…");
  rmSync(path);
  const gone = await look();
  expect([sections(gone), titles(gone).includes("Apply Latest Recipe…")]).toEqual([
    ["Last Recipe · config gone"],
    true,
  ]);
  mkdirSync(path);
  const unreadable = await look();
  expect(sections(unreadable)).toEqual(["Last Recipe · config unreadable"]);
  expect(titles(unreadable)).not.toContain("Apply Latest Recipe…");
});

test("a config on a disk that does not answer keeps nothing in the menu bar from coming to rest", async () => {
  world.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8);
    storeDrained(store, "failed");
  });
  const path = storeApplied(world, IDS.recipe);
  const pipe = join(world.home, "pipe");
  execFileSync("mkfifo", [pipe]);
  const { env, ...rest } = options();
  const held = { HELD_CONFIG: path, HELD_PIPE: pipe, HELD_LOG: join(world.home, "held") };
  const hold = `--require ${resolve("tests/support/held-config.cjs")} ${env?.["NODE_OPTIONS"] ?? ""}`;
  try {
    const app = await look({ ...rest, env: { ...env, ...held, NODE_OPTIONS: hold } });
    expect(readFileSync(held.HELD_LOG, "utf8")).toBe("x\n");
    expect(titles(app)[0]).toMatch(/^Not in service/);
    expect(sections(app)).toEqual(["Last Recipe · config unchecked"]);
  } finally {
    closeSync(openSync(pipe, constants.O_RDWR));
  }
});

test("during a run it shows phase, candidate, cell, progress, ETA and live tok/s; the subtitle says the same", async () => {
  world.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8);
    storeActive(store, { liveTps: 38.25 });
  });
  world.sql(`UPDATE tune_active SET since_utc = '${new Date(Date.now() - 185_000).toISOString()}'`);
  const app = await look();
  expect(title(app)).toBe("42 %");
  expect(sections(app)).toEqual(["Tuning", "Last Recipe"]);
  expect(titles(app)).toEqual([
    "Decoding",
    "1 of 3: Big-32B-4bit",
    "kv unset · batch 1",
    expect.stringMatching(/^42 % · ETA 12 min · elapsed 3 min \d\d s$/),
    "38.3 tok/s",
    "Show Run",
    "Cancel Tuning…",
    "Mid-7B-4bit",
    "41.8 tok/s · TTFT 400 ms",
    "batch 1",
    ...MORE,
  ]);
  expect(app.subtitles).toEqual(["42 % · ETA 12 min"]);
  expect(app.launches).toEqual([]);
});

test.each([
  ["of Stage 1 sets nothing", { stage: 1, cell: "kv unset · batch unset" }, []],
  ["of Stage 2 is what is set in it", { stage: 2, cell: "kv unset · batch 2" }, ["batch 2"]],
  ["that this version does not know has its name", { stage: 2, cell: "kv unset · magic 7" }, ["kv unset · magic 7"]],
] as const)("a cell %s", async (_what, at, shown) => {
  world.write((store) => storeActive(store, at));
  const knobs = { kv_bits: null, max_concurrency_override: 2, max_context_override: null };
  world.sql(`UPDATE tune_runs SET cells_json = '${JSON.stringify([{ knobs, incumbent: false }])}'`);
  const all = titles(await look());
  expect(
    all.slice(
      2,
      all.findIndex((one) => one.startsWith("42 %")),
    ),
  ).toEqual(shown);
});

test("before a share can be told it says the stage, the candidate and the ETA; so does the subtitle", async () => {
  world.write((store) => storeActive(store, { phase: "loading", share: null, candidate: MODELS[1], liveTps: null }));
  const app = await look();
  expect([title(app), app.subtitles]).toEqual(["Stage 1 · 2 of 3", ["Stage 1 · 2 of 3 · ETA 12 min"]]);
  expect(titles(app)[3]).toMatch(/^Stage 1 · 2 of 3 · ETA 12 min · elapsed /);
});

test("a run of which neither share nor ETA is known says its phase; a silent one since when; a simulated one that it is", async () => {
  world.write((store) =>
    storeActive(store, { phase: "loading", stage: 0, share: null, etaSeconds: null, liveTps: null, candidate: null }),
  );
  world.sql("UPDATE tune_active SET heartbeat_utc = '2026-01-01T00:00:00.000Z', cell = NULL");
  world.sql("UPDATE tune_runs SET simulated = 1");
  const app = await look();
  expect([title(app), sections(app), app.subtitles]).toEqual(["Loading", ["Tuning (simulated)"], ["Loading"]]);
  expect(titles(app).slice(0, 3)).toEqual([
    "Loading",
    expect.stringMatching(/^elapsed /),
    expect.stringMatching(/^Not heard of for .*: the Mac was asleep, or process \d+ is stuck or gone\.$/),
  ]);
});

test.each([
  [
    "a drained provider of a dead run",
    () => world.write((store) => storeDrained(store, "out")),
    /^Not in service: fore/,
  ],
  [
    "a run whose worker is gone",
    () => world.write((store) => storeActive(store, {}, NOBODY)),
    /^Run eeeeeeee has died$/,
  ],
])("%s is red, and launched to be brought back in the background, once a minute", async (_name, store, alarm) => {
  store();
  const app = await look();
  expect(titles(app)[0]).toMatch(alarm);
  expect(tint(app)).toMatch(/warning/i);
  expect(app.launches).toEqual([{ name: "cancel-tuning", type: "background", context: { restore: true } }]);
  const again = await look();
  expect(titles(again)[0]).toMatch(alarm);
  expect(again.launches).toEqual([]);
});

test("what was given up stays red and waits for the user", async () => {
  world.write((store) => storeDrained(store, "failed"));
  const app = await look();
  expect(titles(app)[0]).toMatch(/^Not in service: foreground-PID-/);
  expect(app.launches).toEqual([]);
});

test("a provider that an apply left down is red and waits for the user", async () => {
  world.write(storeStuck);
  const app = await look();
  expect([titles(app)[0], app.launches]).toEqual(["Not serving: live.x", []]);
  expect(tint(app)).toMatch(/warning/i);
});

test("what it launched is what restores: that command starts the worker, the menu bar itself nothing", async () => {
  world.write((store) => storeActive(store, {}, NOBODY));
  const app = await look();
  const [launched] = app.launches;
  expect(startedProcesses()).toEqual([]);
  const { env } = options();
  await run(launched?.name ?? "", {
    ...options({ env: { ...env, PATH: process.env["PATH"] ?? "" } }),
    ...{ launchType: "background", launchContext: launched?.context ?? {} },
  });
  expect(startedProcesses()).toContain("spawnSync /bin/sh");
  rmSync(startedFile());
  const after = await look();
  expect([title(after), titles(after)]).toEqual(["", ["Find Best Recipe", ...MORE]]);
});

test.each([
  ["newer", `knows schemas up to ${SCHEMA_VERSION}`],
  ["unreadable", "cannot be read"],
])("a %s database is said, with the way to its repair", async (kind, text) => {
  const databasePath = join(world.home, "other.sqlite");
  if (kind === "newer") world.sql(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  else writeFileSync(databasePath, "this is no database, but long enough for the header of one".repeat(20));
  const app = await look(kind === "newer" ? {} : { preferences: { databasePath } });
  expect(sections(app)).toEqual(["Database"]);
  expect(titles(app)[0]).toContain(text);
  expect(app.subtitles).toEqual([]);
  await app.act(titles(app)[0] ?? "");
  expect(app.launches).toEqual([{ name: "autotune-doctor", type: "userInitiated" }]);
});

test("over a database that another program holds it waits, then says so, and looks again while it is open", async () => {
  world.write((store) => storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8));
  const letGo = await holdDatabase(world.dbPath);
  try {
    const app = await look();
    expect([sections(app), titles(app)[0]]).toEqual([["Database"], `${world.dbPath} is held by another program.`]);
    await letGo();
    await app.eventually(() => sections(app).includes("Last Recipe"), "the recipe");
  } finally {
    await letGo();
  }
});

const GENERAL = { "Tuning Runs": ["tuning-runs"], "Autotune Doctor": ["autotune-doctor"] };
const PREFERENCES = { "Preferences…": "extension preferences" };

test("every item launches what it says, and what cannot be pressed is grey", async () => {
  world.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-02T10:00:00.000Z", 41.8);
    storeDrained(store, "failed");
  });
  expect(await launchesOf(await look())).toEqual({
    [`Not in service: foreground-PID-${NOBODY.pid}`]: ["tuning-runs"],
    "Mid-7B-4bit": ["tuning-runs", { runId: IDS.recipe }],
    "Apply Latest Recipe…": ["apply-latest-recipe"],
    "Find Best Recipe": ["find-best-recipe"],
    ...GENERAL,
    ...PREFERENCES,
  });
  world.write((store) => storeActive(store));
  expect(await launchesOf(await look())).toEqual({
    [`Not in service: foreground-PID-${NOBODY.pid}`]: ["tuning-runs"],
    "Show Run": ["tuning-runs", { runId: IDS.active }],
    "Cancel Tuning…": ["cancel-tuning"],
    "Mid-7B-4bit": ["tuning-runs", { runId: IDS.recipe }],
    ...GENERAL,
    ...PREFERENCES,
  });
});

const LOOKS = 12;

test("while another process writes at full speed, every look is whole, moves forward, and comes to rest", async () => {
  const ready = join(world.home, "writing");
  const script = resolve("tests/raycast/support/full-speed-writer.ts");
  const writer = spawn(process.execPath, ["--no-warnings", script, world.dbPath, ready], { stdio: "inherit" });
  const ended = new Promise((done) => writer.once("close", done));
  try {
    await until("the writer is at it", () => existsSync(ready));
    const seen: number[] = [];
    for (let count = 0; count < LOOKS; count++) {
      const app = await look();
      seen.push(numberOf(app));
      open.pop();
      await app.close();
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(LOOKS / 2);
  } finally {
    writer.kill("SIGTERM");
    expect(await ended).toBe(0);
  }
});
