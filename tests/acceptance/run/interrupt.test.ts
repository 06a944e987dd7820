// Contract §16 case 10 without draining: whatever a run is doing when a signal comes, it leaves nothing behind and books nobody
// as failed.
import { expect, test } from "@jest/globals";
import { activeRow, atPhase, atReplicate, filesEnding, resultOf } from "../../support/worlds/active-run.ts";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { startHub, type HubScenario } from "../../support/servers/hub-server.ts";
import { modelFiles } from "../../support/servers/model-files.ts";
import { until, type Started, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
type Signal = keyof typeof CODES;
const SILENT: Behaviour = { answer: "silence", answerFor: "replicates" };

const start = (world: World, changes: Record<string, string | true> = {}, env: Record<string, string> = {}) =>
  world.start(world.tuneArgs(["--json", ...shortTune(changes)]), env);

/** Send the signal and check all that an interrupted run promises. @returns its result */
async function interrupt(world: World, run: Started, signal: Signal) {
  process.kill(run.pid, signal);
  const finished = await run.finished;
  expect([finished.code, finished.signal]).toEqual([CODES[signal], null]);
  const result = resultOf(finished);
  expect(result).toMatchObject({ exit_reason: "interrupted", detail: `stopped by ${signal}`, infeasible: [] });
  expect(world.orphans()).toEqual([]);
  expect(await world.portFree()).toBe(true);
  expect(filesEnding(world, "candidate.yaml")).toEqual([]);
  expect(activeRow(world)).toBeNull();
  expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: "interrupted" }]);
  expect(world.rows("SELECT * FROM tune_trials WHERE fits = 0 OR state <> 'done'")).toEqual([]);
  return result;
}

async function nextRunWorks(world: World): Promise<void> {
  plantModels(world, { [MODEL]: {} });
  const { code, result } = await world.tune(shortTune());
  expect([code, result.exit_reason]).toEqual([0, "ok"]);
}

const STAGE_1: [string, Signal, Behaviour, (world: World) => Promise<unknown>][] = [
  [
    "loading",
    "SIGTERM",
    { hangLoad: true },
    (world) => until("a start", () => world.provider.noted("start").length > 0),
  ],
  [
    "warming up",
    "SIGHUP",
    { answer: "silence" },
    (world) => until("a request", () => world.provider.noted("request").length > 0),
  ],
  ["prefilling", "SIGINT", SILENT, (world) => atReplicate(world)],
  ["decoding", "SIGTERM", { tps: 1 }, (world) => atPhase(world, "decoding")],
];

test.concurrent.each(STAGE_1)(
  "%s, %s: no recommendation, no verdict, nothing left",
  (_phase, signal, behaviour, there) =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: behaviour });
      const run = start(world);
      await there(world);
      expect((await interrupt(world, run, signal)).recommendation).toBeNull();
      expect(world.rows("SELECT * FROM tune_trials")).toEqual([]);
    }),
);

const DOWNLOADS: [string, Signal, NonNullable<HubScenario["hang"]>][] = [
  ["asking the hub", "SIGINT", "requests"],
  ["downloading", "SIGHUP", "bodies"],
];

test.concurrent.each(DOWNLOADS)("%s, %s: no recommendation; the next run works", (_phase, signal, hang) =>
  inWorld(async (world) => {
    const hub = await startHub({ [MODEL]: modelFiles({ tensorBytes: 1_000_000 }) });
    hub.scenario.hang = hang;
    const run = start(world, {}, { HF_ENDPOINT: hub.url });
    await atPhase(world, "pre-warm");
    await until("a hanging request", () => hub.requests.some((request) => request.store || hang === "requests"));
    expect((await interrupt(world, run, signal)).recommendation).toBeNull();
    expect(world.provider.noted("start")).toEqual([]);
    delete hub.scenario.hang;
    const next = await start(world, {}, { HF_ENDPOINT: hub.url }).finished;
    expect([next.code, resultOf(next).exit_reason]).toEqual([0, "ok"]);
    await hub.close();
  }),
);

const STAGE_2: [string, Signal, Behaviour, Behaviour, (world: World) => Promise<unknown>][] = [
  ["in a request of Stage 2", "SIGINT", {}, SILENT, (world) => atReplicate(world, 3)],
  [
    "between cells",
    "SIGHUP",
    { ignoreSigtermMs: 700 },
    SILENT,
    (world) => until("the end of the first cell", () => world.provider.noted("signal").length >= 2),
  ],
];

test.concurrent.each(STAGE_2)(
  "%s, %s: a partial recommendation; the next run works",
  (_phase, signal, first, second, there) =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: { ...first, knobs: [{ when: { kv_bits: 4 }, ...second }] } });
      const run = start(world, { "kv-bits-axis": "unset,4" });
      await there(world);
      const { recommendation } = await interrupt(world, run, signal);
      expect(recommendation).toMatchObject({ model: MODEL, partial: true, knobs: { kv_bits: null } });
      expect(world.rows("SELECT stage, kv_bits, fits FROM tune_trials ORDER BY id")).toEqual([
        { stage: 1, kv_bits: null, fits: 1 },
        { stage: 2, kv_bits: null, fits: 1 },
      ]);
      await nextRunWorks(world);
    }),
);

test.concurrent("one Ctrl-C that arrives twice leaves the candidate its grace", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { answer: "silence", ignoreSigtermMs: 600 } });
    const run = start(world);
    await until("a request", () => world.provider.noted("request").length > 0);
    process.kill(run.pid, "SIGINT"); // as npm does
    await interrupt(world, run, "SIGINT");
    expect(world.provider.noted("end")).toHaveLength(1);
    expect(world.rows("SELECT * FROM tune_notes WHERE text LIKE '%SIGKILL%'")).toEqual([]);
  }),
);

test.concurrent("a second wish kills a candidate that ignores SIGTERM, and this is recorded", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { answer: "silence", ignoreSigtermMs: -1 } });
    const run = start(world);
    await until("a request", () => world.provider.noted("request").length > 0);
    process.kill(run.pid, "SIGINT");
    await until("the candidate to be asked", () => world.provider.noted("signal").length > 0);
    await new Promise((done) => setTimeout(done, 1200));
    expect(world.orphans()).toHaveLength(1);
    process.kill(run.pid, "SIGTERM");
    const finished = await run.finished;
    expect(finished.code).toBe(130);
    expect(finished.stderr).toMatch(/stopped by SIGINT; .*second Ctrl-C/);
    expect(world.orphans()).toEqual([]);
    expect(world.rows("SELECT text FROM tune_notes WHERE text LIKE '%SIGKILL after a second signal%'")).toHaveLength(1);
  }),
);
