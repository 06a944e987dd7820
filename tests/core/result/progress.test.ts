// How far a run is, in figures by hand and in words. Whole runs under a virtual clock: tests/tune/progress.test.ts.
import { expect, test } from "@jest/globals";
import { estimateOf, etaText, progressText, whereText, type RunState } from "../../../worker/core/result/progress.ts";
import { placeOf } from "../../../worker/core/runs/active-progress.ts";

const state = (part: Partial<RunState> = {}): RunState => ({
  ...{ stage: 2, nowMs: 300_000, startedAtMs: 0, endsAtMs: Infinity, afterSeconds: 0 },
  outlook: { atMs: 300_000, stepSeconds: 60, restSeconds: 640 },
  ...part,
});
const after = (seconds: number) => state({ nowMs: 300_000 + seconds * 1000 });

test("of a run's time, what has passed and what lies ahead; the limit bounds it, and what is brought back comes after that", () => {
  expect(estimateOf(state())).toEqual({ share: 0.3, etaSeconds: 700 });
  expect(estimateOf(state({ endsAtMs: 400_000 }))).toEqual({ share: 0.75, etaSeconds: 100 });
  expect(estimateOf(state({ endsAtMs: 400_000, afterSeconds: 200 }))).toEqual({ share: 0.5, etaSeconds: 300 });
  expect(estimateOf(state({ endsAtMs: 400_000, afterSeconds: 200, stage: 0 }))).toEqual({
    ...{ share: null, etaSeconds: 700 },
  });
});

test("before Stage 2 there is no share; where nothing can be estimated there is no ETA either", () => {
  expect(estimateOf(state({ stage: 1 }))).toEqual({ share: null, etaSeconds: 700 });
  expect(estimateOf(state({ outlook: null }))).toEqual({ share: null, etaSeconds: null });
});

test("a step counts down to a quarter; what is overdue takes as long again, and the share falls", () => {
  const ages = [0, 30, 45, 60, 75, 120, 600];
  expect(ages.map((age) => estimateOf(after(age)).etaSeconds)).toEqual([700, 670, 655, 655, 655, 700, 1180]);
  const last = { outlook: { atMs: 0, stepSeconds: 60, restSeconds: 0 }, startedAtMs: -240_000 };
  const shares = [0, 45, 120, 660].map((age) => estimateOf(state({ ...last, nowMs: age * 1000 })).share);
  expect(shares).toEqual([0.8, 0.94, 360 / 420, 0.6]);
});

test("a run that has just begun, and a clock that stands still, are no division by zero", () => {
  const nothing = { atMs: 0, stepSeconds: 0, restSeconds: 0 };
  expect(estimateOf(state({ nowMs: 0, outlook: nothing }))).toEqual({ share: 0, etaSeconds: 0 });
});

test("it is said by one rule: the share, before there is one the stage and the candidate, and the ETA as coarsely as it is known", () => {
  const told = { stage: 1, share: null, etaSeconds: 700, place: { rank: 2, of: 5 } };
  expect(progressText(told)).toBe("Stage 1 · 2 of 5 · ETA 12 min");
  expect(progressText({ ...told, share: 0.424, stage: 2 })).toBe("42 % · ETA 12 min");
  expect(progressText({ ...told, place: { rank: 1, of: 1 }, etaSeconds: null })).toBe("Stage 1");
  expect(progressText({ ...told, stage: 2, place: null })).toBe("Stage 2 · ETA 12 min");
  expect(progressText({ ...told, stage: 0, place: null })).toBe("ETA 12 min");
  expect(progressText({ ...told, stage: 0, place: null, etaSeconds: null })).toBeNull();
  expect([-0.1, 0.004, 1.2].map((share) => whereText({ ...told, share }))).toEqual(["0 %", "0 %", "100 %"]);
  expect([null, 0, 0.4, 31, 59, 60, 61, 3600, 3700, NaN].map(etaText)).toEqual([
    ...[null, "10 s", "10 s", "40 s", "60 s", "1 min", "2 min", "1 h 00 min", "1 h 02 min", null],
  ]);
});

test("a candidate that is not in the list has no place", () => {
  const all = ["a", "b"];
  expect(placeOf({ stage: 1, candidate: "b", candidate_models_json: all })).toEqual({ rank: 2, of: 2 });
  expect(placeOf({ stage: 1, candidate: "c", candidate_models_json: all })).toBeNull();
  expect(placeOf({ stage: 1, candidate: null, candidate_models_json: all })).toBeNull();
  expect(placeOf({ stage: 1, candidate: "a", candidate_models_json: null })).toBeNull();
});
