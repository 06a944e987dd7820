import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import { openStore, type Store } from "../../worker/store/store.ts";
import {
  failure,
  figures,
  ME,
  newRun,
  newTrial,
  okReplicate,
  progress,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("trials");
afterAll(temp.remove);

const KV8 = { kv_bits: 8 as const, max_concurrency_override: 2, max_context_override: 4000 };

let store: Store;
let files = 0;
beforeEach(() => {
  store = openStore(temp.path(`${files++}.sqlite`));
});
afterEach(() => store.close());

const begin = (runId = "aaaa-1") => store.beginRun(newRun(runId), ME, () => true);
const OK = { exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null } as const;

test("one row per stage, model and knobs, however often it is visited", () => {
  const run = begin();
  const first = run.trialStarted(newTrial("org/x", { stage: 2, knobs: KV8, modelRevision: "abc" }));
  run.visitEnded(first, visit([okReplicate(40)]), figures({ tps: 40 }));
  const again = run.trialStarted(newTrial("org/x", { stage: 2, knobs: { ...KV8, prefill_step_size: null } }));
  expect(again).toBe(first);
  expect(store.readers.trials("aaaa-1")).toMatchObject([{ state: "running" }]);
  run.visitEnded(again, visit([okReplicate(44)]), figures({ tps: 42, replicates: 2, interval: [40.5, 43.5] }));
  expect(run.trialStarted(newTrial("org/x", { stage: 1, knobs: KV8 }))).not.toBe(first);
  expect(run.trialStarted(newTrial("org/x", { stage: 2, knobs: { ...KV8, prefill_step_size: 512 } }))).not.toBe(first);
  expect(store.readers.trials("aaaa-1")[0]).toMatchObject({
    id: first,
    state: "done",
    stage: 2,
    kv_bits: 8,
    max_batch: 2,
    max_context_cap: 4000,
    knobs_json: KV8,
    model_revision: "abc",
    agg_throughput_tps: 42,
    interval_low: 40.5,
    interval_high: 43.5,
    replicates_n: 2,
    visits_n: 2,
    fits: true,
    notes: null,
  });
});

test("flags that were not passed are NULL", () => {
  const run = begin();
  run.trialStarted(newTrial("org/x"));
  expect(store.readers.trials("aaaa-1")).toMatchObject([{ kv_bits: null, max_batch: null, max_context_cap: null }]);
});

test("a misfit's reason stands in its own column and leads the notes", () => {
  const run = begin();
  const trial = run.trialStarted(newTrial("org/x"));
  const misfit = { class: "ttft_gate", reason: "TTFT > 60000 ms" } as const;
  const late = { state: "misfit", startedAtMs: 5, misfit, requests: [] } as const;
  const void_ = { state: "invalid", startedAtMs: 1, reason: "usage is missing", requests: [] } as const;
  const failed = visit(
    [
      { ...void_, requests: [] },
      { ...late, requests: [] },
    ],
    { misfit, notes: ["SIGKILL was needed"] },
  );
  run.visitEnded(trial, failed, figures({ fits: false, tps: null, misfit, errors: 1, notes: ["SIGKILL was needed"] }));
  expect(store.readers.trials("aaaa-1")).toMatchObject([
    {
      fits: false,
      n_err: 1,
      misfit_class: "ttft_gate",
      reason: misfit.reason,
      notes: "TTFT > 60000 ms\nSIGKILL was needed",
    },
  ]);
  expect(store.readers.visits("aaaa-1")).toMatchObject([
    { misfit_class: "ttft_gate", notes_json: ["SIGKILL was needed"] },
  ]);
  expect(store.readers.replicates(trial)).toMatchObject([
    { ordinal: 0, state: "invalid", reason: "usage is missing", tps: null, chunk_times_json: null },
    { ordinal: 1, state: "misfit", misfit_class: "ttft_gate", reason: misfit.reason },
  ]);
});

test("every replicate keeps its raw times and requests", () => {
  const run = begin();
  const trial = run.trialStarted(newTrial("org/x"));
  const replicate = okReplicate(41.5, [
    [400, 425.125],
    [401, 430.0625],
  ]);
  run.visitEnded(trial, visit([replicate]), figures());
  expect(store.readers.replicates(trial)).toMatchObject([
    {
      run_id: "aaaa-1",
      trial_id: trial,
      started_at_ms: 1234.5,
      tps: 41.5,
      ttft_ms: 400,
      decode_tps: 42.5,
      requests_json: replicate.requests,
      chunk_times_json: [
        [400, 425.125],
        [401, 430.0625],
      ],
    },
  ]);
});

test("kept stands on exactly one trial of the run, and only on its own", () => {
  const other = begin("aaaa-1");
  const theirs = other.trialStarted(newTrial("org/x"));
  other.visitEnded(theirs, visit([okReplicate(1)]), figures());
  other.kept(theirs);
  other.ended(OK);
  const run = begin("bbbb-2");
  const [one, two] = [run.trialStarted(newTrial("org/x")), run.trialStarted(newTrial("org/y"))];
  run.kept(one);
  run.kept(two);
  expect(failure(() => run.kept(theirs)).code).toBe("internal_error");
  const kept = (runId: string) =>
    store.readers
      .trials(runId)
      .filter((trial) => trial.kept)
      .map((trial) => trial.id);
  expect([kept("aaaa-1"), kept("bbbb-2")]).toEqual([[theirs], [two]]);
  expect(store.readers.run("bbbb-2").kept_trial_id).toBe(two);
});

test("one that was cut short in its only visit is not booked; one with an earlier visit keeps its figures", () => {
  const run = begin();
  const visited = run.trialStarted(newTrial("org/x"));
  run.visitEnded(visited, visit([okReplicate(40)]), figures());
  run.trialStarted(newTrial("org/x"));
  run.trialStarted(newTrial("org/y"));
  run.ended({ ...OK, exitReason: "interrupted" });
  expect(store.readers.trials("aaaa-1")).toMatchObject([{ id: visited, state: "done", agg_throughput_tps: 40 }]);
});

test("a visit of an unknown trial stores nothing", () => {
  const run = begin();
  expect(() => run.visitEnded(99, visit([okReplicate(1)]), figures())).toThrow(/has no trial 99/);
  expect(store.readers.visits("aaaa-1")).toEqual([]);
});

test("numbers that are none become NULL with a note, wherever they stand", () => {
  const run = begin();
  const trial = run.trialStarted(newTrial("org/x"));
  const bad = okReplicate(Infinity, [[NaN, 425]]);
  run.visitEnded(trial, visit([bad], { loadMs: NaN }), figures({ tps: NaN, ttftP95Ms: -Infinity }));
  run.progress(progress({ share: NaN, liveTps: Infinity }));
  run.progress(progress({ share: NaN }));
  expect(store.readers.trials("aaaa-1")).toMatchObject([{ agg_throughput_tps: null, ttft_p95_ms: null }]);
  expect(store.readers.replicates(trial)).toMatchObject([{ tps: null, chunk_times_json: [[null, 425]] }]);
  expect(store.readers.activeRun()).toMatchObject({ share: null, live_tps: null });
  const notes = store.readers.notes("aaaa-1").map((note) => `${note.kind}: ${note.text}`);
  expect(notes).toEqual([
    `number: trial ${trial}: agg_throughput_tps was NaN, stored as NULL`,
    `number: trial ${trial}: ttft_p95_ms was -Infinity, stored as NULL`,
    `number: trial ${trial}: load_ms was NaN, stored as NULL`,
    `number: trial ${trial}: tps was Infinity, stored as NULL`,
    `number: trial ${trial}: chunk time was NaN, stored as NULL`,
    "number: run: share was NaN, stored as NULL",
    "number: run: live_tps was Infinity, stored as NULL",
  ]);
});
