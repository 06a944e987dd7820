// `delete`: one run goes with all that hangs on it, and nothing that is still needed does. Contract §11, §14.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { openStore, type Store } from "../../../worker/store/store.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { figures, ME, newRun, newTrial, okReplicate, progress, visit } from "../../support/store/store-fixtures.ts";

const OLD = "11111111-1111-4111-8111-111111111111";
const NEW = "22222222-2222-4222-8222-222222222222";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  mkdirSync(dirname(world.dbPath), { recursive: true });
  const store = openStore(world.dbPath);
  for (const runId of [OLD, NEW]) wholeRun(store, runId);
  store.close();
});
afterEach(() => world.close());

/** A run with a trial, a visit, two replicates, two phases, a note, logs and a report. */
function wholeRun(store: Store, runId: string): void {
  const run = store.beginRun(newRun(runId), ME, () => true);
  run.phase(progress({ phase: "loading" }));
  run.visitEnded(run.trialStarted(newTrial("org/x")), visit([okReplicate(1), okReplicate(2)]), figures());
  run.note("test", "x");
  run.ended({ exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null });
  for (const file of filesOf(runId)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "x");
  }
}

function filesOf(runId: string): string[] {
  const folder = dirname(world.dbPath);
  return [`logs/${runId}/1.log`, `logs/${runId}.worker.log`, `reports/${runId}.html`].map((name) => join(folder, name));
}

function change(sql: string): void {
  new Database(world.dbPath).exec(sql).close();
}

const TABLES = ["tune_runs", "tune_trials", "tune_visits", "tune_replicates", "tune_phases", "tune_notes"];
const counts = () => TABLES.map((table) => world.rows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]?.n);

test("a run goes with its rows, logs and report; others keep theirs", async () => {
  expect(counts()).toEqual([2, 2, 2, 4, 4, 2]);
  const deleted = await world.run(["delete", OLD.slice(0, 4), "--json"]);
  expect([deleted.code, JSON.parse(deleted.stdout)]).toEqual([0, { run_id: OLD, deleted: true }]);
  expect(counts()).toEqual([1, 1, 1, 2, 2, 1]);
  expect(filesOf(OLD).map(existsSync)).toEqual([false, false, false]);
  expect(existsSync(join(dirname(world.dbPath), "logs", OLD))).toBe(false);
  expect(filesOf(NEW).map(existsSync)).toEqual([true, true, true]);

  const again = await world.run(["delete", OLD]);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toMatch(`there is no run "${OLD}"`);
});

const drain = `INSERT INTO drain_journal (run_id, kind, name, state, service_json, owner_pid, owner_started_at, created_utc, updated_utc)
  VALUES ('${OLD}', 'foreground', 'foreground-PID-1', 'failed',
    '{"kind":"foreground","processes":[{"pid":1,"startedAt":"x"}],"argv":["x"],"cwd":null,"env":null,"restart":false,"ports":[]}',
    1, 'x', '2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z')`;
const active = `INSERT INTO tune_active (slot, run_id, pid, pid_started_at, since_utc, heartbeat_utc, phase, stage)
  VALUES (1, '${OLD}', ${ME.pid}, '${ME.pidStartedAt}', '2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z', 'loading', 1)`;

test.each([
  ["active", active, "DELETE FROM tune_active", /is active[^]*mlx-autotune cancel/],
  [
    "applied",
    "UPDATE tune_runs SET applied = 1",
    "UPDATE tune_runs SET applied = 0",
    /is applied[^]*mlx-autotune revert/,
  ],
  ["open in the journal", drain, "DELETE FROM drain_journal", /not back yet[^]*mlx-autotune restore/],
])("a run that is %s is refused with the remedy, and nothing of it goes", async (_, sql, undo, why) => {
  change(sql);
  const refused = await world.run(["delete", OLD]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(why);
  expect(counts()).toEqual([2, 2, 2, 4, 4, 2]);
  expect(filesOf(OLD).map(existsSync)).toEqual([true, true, true]);
  change(undo);
});
