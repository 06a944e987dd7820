// Contract §15, resume: what is carried over is copied whole, in order, and marked with the run that measured it.
import { afterAll, afterEach, beforeEach, expect, test } from "@jest/globals";
import { openStore, type Store } from "../../worker/store/store.ts";
import {
  BELIEF,
  figures,
  ME,
  newRun,
  newTrial,
  okReplicate,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("carry-over");
afterAll(temp.remove);

let store: Store;
let files = 0;
beforeEach(() => {
  store = openStore(temp.path(`${files++}.sqlite`));
});
afterEach(() => store.close());

const CONDITIONS = {
  elapsedSeconds: 3,
  wallMs: 1500.25,
  start: { number: 3, kept: true },
  nonceSet: 1,
  promptScale: { overheadTokens: 12, tokensPerWord: 1.3, templateTokens: 34 },
};
const END = { exitReason: "interrupted", detail: "x", recommendationJson: null, recipeHash: null } as const;

/** A run with one trial of two visits, another of one, and one under way. @returns ids of its visits */
function deadRun(runId: string): number[] {
  const run = store.beginRun(newRun(runId), ME, () => true, "boot-1");
  const [a, b] = [run.trialStarted(newTrial("org/a")), run.trialStarted(newTrial("org/b", { stage: 2 }))];
  run.visitEnded(a, visit([okReplicate(10)]), figures({ tps: 10 }), CONDITIONS);
  run.visitEnded(b, visit([okReplicate(20)]), figures({ tps: 20 }), CONDITIONS, BELIEF);
  run.visitEnded(a, visit([okReplicate(30), okReplicate(40)]), figures({ tps: 30 }), CONDITIONS);
  run.kept(a);
  run.trialStarted(newTrial("org/c"));
  const ids = store.readers.visits(runId).map(({ id }) => id);
  run.ended(END);
  return ids;
}

const begin = (runId: string, resumedFrom: string) =>
  store.beginRun({ ...newRun(runId), resumedFrom }, ME, () => true, "boot-1");

test("trials, visits and replicates are copied, the winner's mark and what was under way are not", () => {
  const visits = deadRun("run-a");
  const trials = begin("run-b", "run-a").carryOver("run-a", visits, new Map());
  const [was, now] = [store.readers.trials("run-a"), store.readers.trials("run-b")];
  expect([...trials.values()]).toEqual(now.map(({ id }) => id));
  expect(now).toEqual(
    was.map((trial) => ({
      ...trial,
      ...{ id: trials.get(trial.id), run_id: "run-b", kept: false },
      ...{ taken_over_from: "run-a", visits_taken_over_n: trial.visits_n },
    })),
  );
  const ids = { id: 0, trial_id: 0, visit_id: 0, run_id: "", taken_over_from: "" };
  const bare = (row: object) => ({ ...row, ...ids });
  expect(store.readers.visits("run-b").map(bare)).toEqual(store.readers.visits("run-a").map(bare));
  expect(store.readers.visits("run-b").map(({ taken_over_from }) => taken_over_from)).toEqual(Array(3).fill("run-a"));
  expect(store.readers.visits("run-b")[0]).toMatchObject({ start_no: 3, start_kept: true, belief_json: null });
  expect(store.readers.visits("run-b")[1]).toMatchObject({ belief_json: BELIEF });
  for (const [original, copy] of trials)
    expect(store.readers.replicates(copy).map(bare)).toEqual(store.readers.replicates(original).map(bare));
  expect(store.readers.run("run-b")).toMatchObject({ resumed_from: "run-a", boot_id: "boot-1" });
});

test("only the visits that are named come, with the figures that they give; the measuring run stays the mark", () => {
  const [first = 0] = deadRun("run-a");
  const run = begin("run-b", "run-a");
  const original = store.readers.trials("run-a")[0]?.id ?? 0;
  const copies = run.carryOver("run-a", [first], new Map([[original, figures({ tps: 10, replicates: 1 })]]));
  expect(store.readers.trials("run-b")).toMatchObject([
    { agg_throughput_tps: 10, visits_n: 1, visits_taken_over_n: 1 },
  ]);
  // The cell is known: its next visit belongs to the same trial, and is this run's own.
  expect(run.trialStarted(newTrial("org/a"))).toBe(copies.get(original));
  run.visitEnded(copies.get(original) ?? 0, visit([okReplicate(50)]), figures({ tps: 30 }), CONDITIONS);
  run.ended(END);
  begin("run-c", "run-b").carryOver(
    "run-b",
    store.readers.visits("run-b").map(({ id }) => id),
    new Map(),
  );
  expect(store.readers.visits("run-c").map(({ taken_over_from }) => taken_over_from)).toEqual(["run-a", "run-b"]);
  expect(store.readers.trials("run-c")).toMatchObject([{ taken_over_from: "run-a", visits_taken_over_n: 2 }]);
});

test("a run is kept while another takes it up", () => {
  deadRun("run-a");
  const run = begin("run-b", "run-a");
  expect(store.retain(1)).toEqual([]);
  run.ended(END);
  expect(store.retain(1)).toEqual(["run-a"]);
});
