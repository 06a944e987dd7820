// Contract §3, compare: two stored runs, and a run against the last one like it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { comparisonSchema } from "../../../worker/core/result/comparison-schema.ts";
import { resultSchema } from "../../../worker/core/result/recipe.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

/** Give the winner's replicates these figures, as a machine would that nothing else disturbs. */
function steady(runId: string, tps: number[]): void {
  const db = new Database(world.dbPath);
  const winner =
    "SELECT v.id FROM tune_visits v JOIN tune_trials t ON t.id = v.trial_id WHERE t.run_id = ? AND t.kept = 1";
  const set = db.prepare(`UPDATE tune_replicates SET tps = ? WHERE ordinal = ? AND visit_id IN (${winner})`);
  tps.forEach((value, ordinal) => expect(set.run(value, ordinal, runId).changes).toBe(1));
  db.close();
}

const THREE = { "stage2-replicates": "3" };

test("the second run is compared with the first: was, now, by how much, and more than noise", async () => {
  const list = plantModels(world, { [MODEL]: { ttftMs: 10, tps: [100, 101, 99] } }, { version: "1.4.0" });
  const settings = { ...THREE, "candidate-models": list, compare: true } as const;
  const first = await world.tune(shortTune(settings));
  expect(resultSchema.parse(first.result).comparison).toBeNull();
  expect(first.stderr).toContain("Nothing to compare with");

  plantModels(world, { [MODEL]: { ttftMs: 10, tps: [200, 202, 198] } }, { version: "1.5.0" });
  const second = await world.tune(shortTune(settings));
  const { comparison } = resultSchema.parse(second.result);
  expect(comparison).toMatchObject({
    was: { run_id: first.result.run_id, replicates: 3 },
    now: { run_id: second.result.run_id, replicates: 3 },
    comparable: true,
    knobs: [],
    conditions: [{ what: "program", was: "1.4.0", now: "1.5.0" }],
  });
  // How wide the interval is depends on how busy this machine is; that there is one does not.
  expect(comparison?.tps).toMatchObject({
    ratio: expect.any(Number),
    interval: [expect.any(Number), expect.any(Number)],
  });
  expect(second.stderr).toMatch(/throughput +was [\d.]+ tok\/s, now [\d.]+ tok\/s \([+−][\d.]+ %\): /);

  steady(first.result.run_id, [100, 101, 99]);
  steady(second.result.run_id, [110, 111, 109]);
  const ids = [second.result.run_id, first.result.run_id.slice(0, 8)];
  const back = await world.run(["compare", ...ids, "--json"]);
  expect(comparisonSchema.parse(JSON.parse(back.stdout))).toMatchObject({ tps: { verdict: "worse" } });
  const text = await world.run(["compare", ...ids]);
  // ln: mean difference −0.0953, SE² = (0.00909² + 0.0100²) / 3, df 3.96 → 3, t 3.182: −0.0953 ± 0.0248.
  expect(text.stdout).toMatch(/throughput .*: worse, more than noise \(95 %: −11\.3 % to −6\.8 %\)/);
  expect(text.stdout).toMatch(/program +was 1\.5\.0, now 1\.4\.0/);
});

test("simulated against real is said loudly, and no figure is called better", async () => {
  const port = ["--port", String(world.port)];
  const small = shortTune({ "candidate-models": "mlx-community/Llama-3.2-1B-Instruct-4bit" });
  const run = await world.run(["run", "--provider", "simulated", "--json", ...port, ...small]);
  const simulated = resultSchema.parse(JSON.parse(run.stdout));
  const [real] = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs WHERE simulated = 0");
  const { code, stdout } = await world.run(["compare", real?.run_id ?? "", simulated.run_id]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^NOT COMPARABLE: .*measured on a real machine.*SIMULATED/);
  expect(stdout).not.toMatch(/noise/);
});

test("one run twice, and a run that is not there, are refused", async () => {
  const [{ run_id: id } = { run_id: "" }] = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs");
  const twice = await world.run(["compare", id, id]);
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("both arguments name the run")]);
  expect((await world.run(["compare", id, "nobody"])).code).toBe(1);
  expect((await world.run(["compare", id])).code).toBe(2);
});
