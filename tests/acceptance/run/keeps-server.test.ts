// A search method that keeps the server, through the built program with that method added: how often the provider is started, what is
// stored of it, and that nothing runs on after the end, a signal or sudden death. Source: contract §9, §3.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type * as ActiveRun from "../../support/worlds/active-run.ts";
import type * as CutShort from "../../support/worlds/cut-short.ts";
import type { World } from "../../support/worlds/program.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";
import type * as ShortTune from "../../support/worlds/short-tune.ts";
import { buildWalkedWorker, STAY_EDITS } from "../../support/walk/walk-build.ts";

let folder = "";
let short: typeof ShortTune;
let active: typeof ActiveRun;
let cut: typeof CutShort;

beforeAll(async () => {
  folder = await buildWalkedWorker(STAY_EDITS);
  process.env["PROGRAM_UNDER_TEST"] = join(folder, "cli.cjs");
  // What is imported from here on runs this build.
  short = await import("../../support/worlds/short-tune.ts");
  active = await import("../../support/worlds/active-run.ts");
  cut = await import("../../support/worlds/cut-short.ts");
});
afterAll(() => removeFolder(folder));

/** Visits of the first cell, the first, the second and the first. */
const tune = () => short.shortTune({ method: "stay", "kv-bits-axis": "unset,8" });

const kvOf = (world: World) =>
  world.provider.noted("start").map((start) => (start["knobs"] as { kv_bits: number | null }).kv_bits);

const visitsOf = ({ rows }: Pick<World, "rows">, runId: string) =>
  rows(
    `SELECT t.stage, t.kv_bits, v.start_no, v.start_kept, v.load_ms IS NULL AS found, v.belief_json IS NULL AS unsure
     FROM v_visits v JOIN v_trials t ON t.id = v.trial_id WHERE v.run_id = ? ORDER BY v.id`,
    runId,
  );

const row = (stage: number, kv_bits: number | null, start_no: number, start_kept: number) => ({
  ...{ stage, kv_bits, start_no, start_kept, found: start_kept, unsure: stage === 1 ? 1 : 0 },
});
/** Stage 1 serves without any flag, which no cell does. */
const VISITS = [row(1, null, 0, 0), row(2, null, 1, 0), row(2, null, 1, 1), row(2, 8, 2, 0), row(2, null, 3, 0)];

test("the provider is started once for visits of one cell that follow each other", () =>
  short.inWorld(async (world) => {
    short.plantModels(world, { [short.MODEL]: {} });
    const { code, result } = await world.tune(tune());
    expect([code, result.exit_reason]).toEqual([0, "ok"]);
    expect(visitsOf(world, result.run_id)).toEqual(VISITS);
    expect(kvOf(world)).toEqual([null, null, 8, null]);
    expect(world.provider.noted("end")).toHaveLength(4);
    expect(world.orphans()).toEqual([]);
    const requests = cut.visits(world).map(({ prompts }) => prompts);
    expect(requests.map((prompts) => new Set(prompts).size)).toEqual([1, 2, 1, 1]);
    expect(world.rows("SELECT kv_bits, visits_n, starts_n FROM v_trials WHERE stage = 2 ORDER BY id")).toEqual([
      { kv_bits: null, visits_n: 3, starts_n: 2 },
      { kv_bits: 8, visits_n: 1, starts_n: 1 },
    ]);
    await expectThroughExport(world, result.run_id);
  }));

/** What was stored comes back from a file. */
async function expectThroughExport(world: World, runId: string): Promise<void> {
  const file = join(world.home, "run.json");
  for (const args of [
    ["export", runId, "--output", file],
    ["delete", runId],
    ["import", file],
  ])
    expect(await world.run(args)).toMatchObject({ code: 0 });
  expect(visitsOf(world, runId)).toEqual(VISITS);
}

/** The second visit of the first cell, on the server that its first visit left, never ends. */
const STUCK = { answers: ["ok" as const, "silence" as const], answerFor: "replicates" as const };

async function atKeptVisit(world: World): Promise<void> {
  const { until } = await import("../../support/worlds/program.ts");
  await until("the request on the kept server", () => cut.visits(world)[1]?.prompts.length === 2);
}

test("SIGTERM while a visit uses the kept server: nothing runs on, what was found is kept", () =>
  short.inWorld(async (world) => {
    short.plantModels(world, { [short.MODEL]: STUCK });
    const run = world.start(world.tuneArgs(["--json", ...tune()]));
    await atKeptVisit(world);
    process.kill(run.pid, "SIGTERM");
    const finished = await run.finished;
    expect(finished.code).toBe(143);
    expect([world.orphans(), await world.portFree()]).toEqual([[], true]);
    const { recommendation, run_id: runId } = active.resultOf(finished);
    expect(recommendation).toMatchObject({ partial: true, knobs: { kv_bits: null } });
    expect(visitsOf(world, runId)).toEqual(VISITS.slice(0, 2));
  }));

test("killed while a visit uses the kept server: a resumed run stops it, and goes on with the next number", () =>
  short.inWorld(async (world) => {
    short.plantModels(world, { [short.MODEL]: STUCK });
    const worker = world.start(world.tuneArgs(tune()));
    await atKeptVisit(world);
    const dead = await cut.kill(world, worker);
    expect(world.orphans()).toHaveLength(1);
    short.plantModels(world, { [short.MODEL]: {} });
    const { code, result } = await world.tune(["--resume"]);
    expect([code, result.exit_reason, result.resumed_from]).toEqual([0, "ok", dead]);
    expect(visitsOf(world, result.run_id)).toEqual([
      ...VISITS.slice(0, 2),
      ...[row(2, null, 2, 0), row(2, 8, 3, 0), row(2, null, 4, 0)],
    ]);
    expect(world.orphans()).toEqual([]);
  }));

test("a cell that does not fit on the kept server ends it", () =>
  short.inWorld(async (world) => {
    short.plantModels(world, { [short.MODEL]: { answers: ["ok", "empty"], answerFor: "replicates" } });
    const { result } = await world.tune(tune());
    expect(world.orphans()).toEqual([]);
    expect(visitsOf(world, result.run_id)).toEqual(VISITS);
    expect(kvOf(world)).toEqual([null, null, 8, null]);
    expect(world.rows("SELECT misfit_class FROM v_visits WHERE start_kept = 1")).toEqual([
      { misfit_class: "empty_output" },
    ]);
  }));
