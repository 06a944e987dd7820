import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore, type Store } from "../../worker/store/store.ts";
import { failure, MACHINE, ME, newRun, newTrial, progress, tempFolder } from "../support/store/store-fixtures.ts";

const temp = tempFolder("store");
afterAll(temp.remove);

const alive = () => true;
const dead = () => false;

let store: Store;
let files = 0;
/** Seconds of the clock: every call is one second later. */
let second = 0;
beforeEach(() => {
  second = 0;
  store = openStore(temp.path(`${files++}.sqlite`), () =>
    new Date(Date.UTC(2025, 2, 1, 10, 0, second++)).toISOString(),
  );
});
afterEach(() => store.close());

const begin = (runId = "aaaa-1") => store.beginRun(newRun(runId), ME, alive);
const OK = { exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null } as const;

describe("the active place", () => {
  test("a second run is refused with the holder's id, pid and since when, and leaves no row", () => {
    begin("aaaa-1");
    const error = failure(() => begin("bbbb-2"));
    expect(error.code).toBe("busy");
    expect(error.message).toBe(
      `run aaaa-1 is active (pid ${process.pid}, since 2025-03-01T10:00:00.000Z); only one run can be`,
    );
    expect(error.remedy).toMatch(/mlx-autotune status.*mlx-autotune cancel/);
    expect(store.readers.runs().map((run) => run.run_id)).toEqual(["aaaa-1"]);
  });

  test("is given back by the end of a run", () => {
    begin("aaaa-1").ended(OK);
    expect(store.readers.activeRun()).toBeNull();
    begin("bbbb-2");
    expect(store.readers.activeRun()).toMatchObject({
      run_id: "bbbb-2",
      pid: process.pid,
      phase: "starting",
      stage: 0,
    });
  });

  test("of a dead owner is taken over; its run ended with its last heartbeat and says where it died", () => {
    const lost = begin("aaaa-1"); // 10:00:00
    lost.phase(progress({ phase: "loading", stage: 1, candidate: "org/x" })); // 10:00:01
    lost.progress(progress({ phase: "loading", stage: 1, candidate: "org/x", share: 0.2 })); // 10:00:02
    store.beginRun(newRun("bbbb-2"), ME, dead);
    expect(store.readers.run("aaaa-1")).toMatchObject({
      state: "ended",
      exit_reason: "internal_error",
      exit_detail: `the worker (pid ${process.pid}) died in phase loading, candidate org/x`,
      ended_at_utc: "2025-03-01T10:00:02.000Z",
    });
    expect(store.readers.timeline("aaaa-1")).toMatchObject([
      { phase: "loading", candidate: "org/x", ended_at_utc: "2025-03-01T10:00:02.000Z" },
    ]);
    expect(store.readers.activeRun()?.run_id).toBe("bbbb-2");
    expect(() => lost.progress(progress())).toThrow(/aaaa-1 is no longer the active run/);
  });

  test("closing dead runs leaves a live one alone and says what it closed", () => {
    expect(store.closeDeadRuns(dead)).toEqual([]);
    begin("aaaa-1");
    expect(store.closeDeadRuns(alive)).toEqual([]);
    expect(store.closeDeadRuns(dead)).toEqual(["aaaa-1"]);
    expect(store.readers.activeRun()).toBeNull();
  });

  test("a trial under way when the worker died stays as evidence", () => {
    begin("aaaa-1").trialStarted(newTrial("org/x"));
    store.closeDeadRuns(dead);
    expect(store.readers.trials("aaaa-1")).toMatchObject([{ model: "org/x", state: "running", visits_n: 0 }]);
  });
});

describe("a run's row", () => {
  test("holds what was known at each step", () => {
    const run = begin();
    expect(store.readers.run("aaaa-1")).toMatchObject({
      state: "active",
      exit_reason: null,
      machine_chip: null,
      target_context: 2000,
      seed: 7,
      applied: false,
      inputs_json: { targetContext: 2000, method: "race" },
    });
    run.described({ machine: MACHINE, candidates: ["org/x", "org/y"], provider: "mlx-lm", plannedCells: 6 });
    const recommendationJson = JSON.stringify({ text: 'quote " back \\ zero é 漢 🙂 \n', n: [1.5, null] });
    run.ended({ ...OK, recommendationJson, recipeHash: "sha256:ab", thermalDrift: -0.125 });
    const row = store.readers.run("aaaa-1");
    expect(row).toMatchObject({
      state: "ended",
      provider: "mlx-lm",
      machine_ram_gb: 16,
      simulated: false,
      candidate_models_json: ["org/x", "org/y"],
      planned_cells: 6,
      exit_reason: "ok",
      exit_detail: null,
      recipe_hash: "sha256:ab",
      thermal_drift: -0.125,
    });
    expect(row.recommendation_json).toBe(recommendationJson);
  });

  test("ends once: a second end changes nothing", () => {
    const run = begin();
    run.ended(OK);
    run.ended({ ...OK, exitReason: "internal_error", detail: "late" });
    expect(store.readers.run("aaaa-1")).toMatchObject({ exit_reason: "ok", exit_detail: null });
    expect(store.readers.timeline("aaaa-1").map((row) => row.phase)).toEqual(["done"]);
  });

  test("of a rejected run is finished at once and needs no active place", () => {
    begin("aaaa-1");
    const bad = { ...newRun("bbbb-2"), inputs: {} };
    store.recordRejected(bad, "config_error", "--max-context-axis 1000 is below the target of 2000");
    expect(store.readers.run("bbbb-2")).toMatchObject({
      state: "ended",
      exit_reason: "config_error",
      exit_detail: "--max-context-axis 1000 is below the target of 2000",
      target_context: null,
    });
    expect(store.readers.activeRun()?.run_id).toBe("aaaa-1");
  });
});

describe("progress and timeline", () => {
  test("progress is the heartbeat", () => {
    const run = begin();
    const now = { phase: "decoding", stage: 2, candidate: "org/x", cell: "kv unset", detail: "31/128" } as const;
    run.progress(progress({ ...now, share: 0.5, etaSeconds: 30, liveTps: 41.5 }));
    expect(store.readers.activeRun()).toMatchObject({
      ...now,
      since_utc: "2025-03-01T10:00:00.000Z",
      heartbeat_utc: "2025-03-01T10:00:01.000Z",
      share: 0.5,
      eta_seconds: 30,
      live_tps: 41.5,
      target_context: 2000,
    });
  });

  test("a phase lasts until the next one begins; the same again does not begin anew", () => {
    const run = begin(); // :00
    run.phase(progress({ phase: "loading", stage: 1, candidate: "org/x" })); // :01
    run.phase(progress({ phase: "loading", stage: 1, candidate: "org/x", detail: "still" })); // :02
    run.phase(progress({ phase: "loading", stage: 1, candidate: "org/y" })); // :03
    run.ended({ ...OK, exitReason: "no_feasible", detail: "all too big" }); // :04
    const at = (s: number) => `2025-03-01T10:00:0${s}.000Z`;
    expect(store.readers.timeline("aaaa-1")).toMatchObject([
      { phase: "loading", candidate: "org/x", started_at_utc: at(1), ended_at_utc: at(3) },
      { phase: "loading", candidate: "org/y", started_at_utc: at(3), ended_at_utc: at(4) },
      { phase: "done", detail: "no_feasible", started_at_utc: at(4), ended_at_utc: at(4) },
    ]);
  });

  test("notes keep kind, text and time", () => {
    begin().note("power", "on battery");
    expect(store.readers.notes("aaaa-1")).toMatchObject([
      { kind: "power", text: "on battery", at_utc: "2025-03-01T10:00:01.000Z" },
    ]);
  });
});
