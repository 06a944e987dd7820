// The two tools that only look: get-status in every state of the database, and explain-recipe with what each loser was measured at.
// Source: contract §14 (AI tools), §10.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { runTool, type LaunchOptions } from "../raycast-host/index.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { mockProblems } from "./support/evals.ts";
import {
  AGENT,
  CONFIG,
  createRunRows,
  GATE_REASON,
  IDS,
  MODELS,
  NOBODY,
  storeActive,
  storeApplied,
  storeDrained,
  storeFailure,
  storeRecipe,
  type RunRows,
} from "./support/run-rows.ts";

let built: BuiltCommands;
let rows: RunRows;

beforeAll(async () => (built = await buildCommands("get-status", "explain-recipe")));
afterAll(() => built.remove());
beforeEach(() => {
  rows = createRunRows();
});
afterEach(() => rows.remove());

async function ask(name: string, input: unknown = {}, more: LaunchOptions = {}) {
  const env = { MLX_AUTOTUNE_TEST_SCOPE: rows.home };
  const { value, confirmation, app } = await runTool(name, input, { dist: built.dist, home: rows.home, env, ...more });
  expect([confirmation, app.toasts, app.alerts]).toEqual([undefined, [], []]);
  return value;
}
/** What an assistant is told when a tool refuses. */
const refusal = (name: string, input: unknown, more: LaunchOptions = {}) =>
  ask(name, input, more).then(String, (error: unknown) => String(error));

test("get-status before anything was measured says so with the next step, and creates nothing", async () => {
  rmSync(rows.dbPath);
  const nothing = { alarms: [], active_run: null, last_run: null, newest_recipe: null, applied: [] };
  const note = "Nothing has been measured yet. Say so, and offer to start a tune with start-tune.";
  expect(await ask("get-status")).toEqual({ ...nothing, note });
  expect(existsSync(rows.dbPath)).toBe(false);
  const chosen = (await ask("get-status", {}, { preferences: { databasePath: "none.sqlite" } })) as { note: string };
  expect(chosen).toMatchObject(nothing);
  expect(chosen.note).toMatch(new RegExp(`^There is no database at ${rows.home}/none\\.sqlite\\. .* preferences\\.$`));
});

test("get-status: a run under way with its progress, how the last one ended, and the newest recipe", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 486.00426446210855);
    storeFailure(store, IDS.cut, "2026-03-02T10:00:00.000Z", "interrupted");
  });
  const idle = (await ask("get-status")) as Record<string, unknown>;
  expect(idle).toEqual({
    alarms: [],
    active_run: null,
    last_run: {
      ...{ run_id: IDS.cut, ended_at_utc: expect.any(String), exit_reason: "interrupted" },
      ...{ detail: "stopped by SIGTERM", found_recipe: false },
    },
    newest_recipe: {
      ...{ run_id: IDS.recipe, model: MODELS[1], throughput_tokens_per_second: 486, ttft_p95_ms: 400 },
      ...{ context_tokens: 2000, partial: false, simulated: false },
    },
    applied: [],
  });
  rows.write((store) => storeActive(store));
  expect(await ask("get-status")).toMatchObject({
    active_run: {
      ...{ run_id: IDS.active, phase: "decoding", stage: 1, candidate: MODELS[0], cell: "kv unset · batch 1" },
      ...{ progress: "42 % · ETA 12 min", progress_percent: 42, eta_seconds: 700, live_tokens_per_second: 41.8 },
      ...{ silent_seconds: null, simulated: false, taken_out_of_service: [] },
    },
    last_run: idle["last_run"],
  });
});

test("get-status says first what could not be brought back, with the commands to type", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeDrained(store, "failed");
  });
  const answer = (await ask("get-status")) as { alarms: Record<string, unknown>[] };
  expect(Object.keys(answer)[0]).toBe("alarms");
  expect(answer.alarms).toEqual([
    {
      title: `Not in service: foreground-PID-${NOBODY.pid}`,
      why: "It could not be brought back: code 5.",
      commands: ["mlx-autotune restore", "cd / && mlx_lm.server --port 8080 &"],
      hints: [],
    },
  ]);
  const lastError = "launchctl bootstrap answered 122 (Path had bad ownership/permissions)";
  rows.write((store) => storeDrained(store, "failed", { service: AGENT, lastError }));
  expect(await ask("get-status")).toMatchObject({
    alarms: [{ hints: ["launchd takes no plist that others may write to: chmod go-w '/a b.plist'"] }, {}],
  });
});

test("get-status: a dead run is none, and what it left out is told and brought back in the background", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeDrained(store, "out");
    storeActive(store, {}, NOBODY);
  });
  const { value, app } = await runTool("get-status", {}, { dist: built.dist, home: rows.home });
  expect(value).toMatchObject({
    alarms: [
      { title: `Not in service: foreground-PID-${NOBODY.pid}`, why: expect.stringContaining("has died") },
      { title: `Run ${IDS.active.slice(0, 8)} has died`, commands: ["mlx-autotune restore"] },
    ],
    active_run: null,
    last_run: { run_id: IDS.recipe },
  });
  expect(app.launches).toMatchObject([{ name: "cancel-tuning", type: "background", context: { restore: true } }]);
});

const appliedOf = (answer: unknown) => (answer as { applied: { config_now: object }[] }).applied;

test("both say of an applied recipe what its config holds now: as it was written no worker is asked", async () => {
  rows.write((store) => storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41));
  const path = storeApplied(rows, IDS.recipe);
  const lonely = { preferences: { nodeBinary: "/nowhere/node" } };
  const holds = { state: "holds", why: null, differences: [] };
  expect(appliedOf(await ask("get-status", {}, lonely))).toMatchObject([{ config_path: path, config_now: holds }]);
  expect(appliedOf(await ask("explain-recipe", {}, lonely))).toMatchObject([{ run_id: IDS.recipe, config_now: holds }]);

  writeFileSync(path, CONFIG);
  const unknown = { state: "changed", why: expect.stringContaining("/nowhere/node"), differences: [] };
  expect(appliedOf(await ask("get-status", {}, lonely))).toMatchObject([{ config_now: unknown }]);
  expect(appliedOf(await ask("explain-recipe", {}, lonely))).toMatchObject([{ config_now: unknown }]);
  const differs = {
    ...{ state: "differs", why: null },
    differences: [
      { key: "model", applied: MODELS[1], now: "org/Old-3B" },
      { key: "kv_bits", applied: null, now: 8 },
    ],
  };
  expect(appliedOf(await ask("explain-recipe"))).toMatchObject([{ config_now: differs }]);
  expect(appliedOf(await ask("get-status"))).toMatchObject([{ config_now: differs }]);
  // The worker has spoken about these bytes.
  expect(appliedOf(await ask("get-status", {}, lonely))).toMatchObject([{ config_now: differs }]);
  rmSync(path);
  expect(appliedOf(await ask("get-status", {}, lonely))).toMatchObject([{ config_now: { state: "gone" } }]);
});

test("get-status refuses a database of a newer program, in words for people", async () => {
  rows.sql("PRAGMA user_version = 9999");
  expect(await refusal("get-status", {})).toMatch(/has schema 9999; .*\nSay that the extension has to be updated/s);
});

test("explain-recipe tells what to say of a database that cannot be read, and no view to open", async () => {
  const missing = { preferences: { databasePath: `${rows.home}/none.sqlite` } };
  expect(await refusal("explain-recipe", {}, missing)).toMatch(
    /There is no database at .*none\.sqlite\.\nThe first run creates it\. .* preferences\.$/m,
  );
  rows.sql("PRAGMA user_version = 1");
  expect(await refusal("explain-recipe", {})).toMatch(/has schema 1; .*\nSay that Tuning Runs in Raycast offers/s);
  writeFileSync(rows.dbPath, "no database");
  expect(await refusal("explain-recipe", {})).toMatch(/cannot be read: .*\nSay that Autotune Doctor in Raycast/s);
});

test("explain-recipe: the winner, the rejected candidate with its measured value and limit, the other cells", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.older, "2026-02-01T10:00:00.000Z", 30);
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeFailure(store, IDS.failed, "2026-03-02T10:00:00.000Z", "no_feasible");
  });
  expect(await ask("explain-recipe")).toMatchObject({
    ...{ run_id: IDS.recipe, exit_reason: "ok", simulated: false, context_tokens: 2000 },
    recipe: {
      ...{ model: MODELS[1], throughput_tokens_per_second: 41, throughput_interval_tokens_per_second: [38.8, 40.8] },
      ...{ decode_tokens_per_second: 42.5, ttft_p95_ms: 400, replicates: 4, why: "fastest of 2 cells" },
    },
    rejected_candidates: [{ rank: 1, model: MODELS[0], reason: GATE_REASON, limit_ttft_ms: 60_000 }],
    not_probed_smaller_models: [MODELS[2]],
    other_cells: [{ fits: true, throughput_tokens_per_second: 40 }],
  });
  expect(await ask("explain-recipe", { runId: "bbbb" })).toMatchObject({
    run_id: IDS.older,
    recipe: { throughput_tokens_per_second: 30 },
  });
});

test("explain-recipe says whether it still holds, and of a run without a recipe why each candidate was rejected", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeFailure(store, IDS.failed, "2026-03-02T10:00:00.000Z", "no_feasible");
  });
  expect(await ask("explain-recipe", { runId: IDS.recipe })).toMatchObject({
    holds_on_this_mac: {
      state: "stale",
      differences: expect.arrayContaining([expect.objectContaining({ what: "chip" })]),
    },
  });
  expect(await ask("explain-recipe", { runId: IDS.failed })).toMatchObject({
    ...{ recipe: null, exit_reason: "no_feasible", exit_detail: "No candidate serves 2000 tokens." },
    rejected_candidates: [{ model: MODELS[0], reason: "20.4 GB needed, 16 GB there", class: "out_of_memory" }],
    holds_on_this_mac: null,
  });
  const lonely = { preferences: { nodeBinary: "/nowhere/node" } };
  expect(await ask("explain-recipe", {}, lonely)).toMatchObject({
    recipe: { model: MODELS[1] },
    holds_on_this_mac: { state: "unknown", why: expect.stringContaining("/nowhere/node") },
  });
});

test("explain-recipe names a run that does not exist, several that share a beginning, and input that does not fit", async () => {
  expect(await refusal("explain-recipe", {})).toMatch(
    /No run has found a recipe yet\. Say so, and offer to start a tune with start-tune/,
  );
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeRecipe(store, IDS.recipe.replace(/^aaaaaaaa/, "aaaa0000"), "2026-03-01T11:00:00.000Z", 40);
  });
  expect(await refusal("explain-recipe", { runId: "ffff" })).toMatch(
    /there is no run "ffff"\nList the runs with get-status/,
  );
  expect(await refusal("explain-recipe", { runId: "aaaa" })).toMatch(/aaaa0000.*aaaaaaaa/s);
  expect(await refusal("explain-recipe", { runId: 7 })).toMatch(/runId: .*expected string.*\nCorrect the input/);
  expect(await refusal("explain-recipe", { run: "aaaa" })).toMatch(/run: there is no such input; give runId/);
});

test("what the evals pretend these tools to answer has the shape of real answers", async () => {
  rows.write((store) => {
    storeRecipe(store, IDS.recipe, "2026-03-01T10:00:00.000Z", 41);
    storeFailure(store, IDS.cut, "2026-03-02T10:00:00.000Z", "interrupted");
    storeDrained(store, "failed", { service: AGENT, lastError: "launchctl bootstrap answered 5" });
  });
  rows.sql(`UPDATE tune_trials SET ttft_p95_ms = 81400.1234 WHERE fits = 0`);
  const path = storeApplied(rows, IDS.recipe);
  writeFileSync(path, CONFIG);
  const plain = await ask("explain-recipe");
  rows.sql(`UPDATE tune_runs SET recommendation_json = json_set(recommendation_json, '$.recommendation.knobs.kv_bits', 8,
    '$.recommendation.knobs.max_context_override', 8000, '$.recommendation.findings', json('["kv_bits: no measurable difference"]'))`);
  const full = await ask("explain-recipe");
  expect(full).toMatchObject({ rejected_candidates: [{ measured_ttft_p95_ms: 81400, class: "ttft_gate" }] });
  rows.write((store) => storeActive(store));
  const failed = await ask("get-status");
  rows.sql(`UPDATE drain_journal SET run_id = '${IDS.active}', state = 'out', owner_pid = ${process.pid}`);
  const drained = await ask("get-status");
  expect(drained).toMatchObject({
    ...{ alarms: [], active_run: { taken_out_of_service: ["launchd-managed live.x"] } },
    applied: [{ application: 1, run_id: IDS.recipe, state: "applied", config_now: { state: "differs" } }],
  });
  expect(mockProblems("get-status", [failed, drained])).toEqual([]);
  expect(mockProblems("explain-recipe", [plain, full])).toEqual([]);
});
