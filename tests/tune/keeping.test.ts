// The whole flow with a method that keeps the server, under a virtual clock: what is started and stopped when, what is told of each visit
// and what lies ahead. Source: contract §9.
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { DEFAULT_KNOBS, knobsOf } from "../../worker/core/knobs.ts";
import { fixed } from "../../worker/core/search/search-fixed.ts";
import type { Cell } from "../../worker/core/search/search.ts";
import { play, useBeat } from "../support/virtual/run.ts";
import type { Shape } from "../support/virtual/shape.ts";
import { stay } from "../support/walk/stay.ts";

beforeAll(() => void useBeat());
afterAll(() => void jest.useRealTimers());

const [A, B, C] = [DEFAULT_KNOBS, knobsOf({ kv_bits: 8 }), knobsOf({ kv_bits: 4 })];
const cellsOf = (...knobs: (typeof A)[]): Cell[] =>
  knobs.map((one, index) => ({ index, knobs: one, incumbent: false }));

/** Loads take 20 s, stops 3 s, requests 10 s, warm-up requests 1 s. */
function shape(cells: Cell[], part: Partial<Shape> = {}): Shape {
  return {
    ...{ candidates: [{}], cells: cells.length, method: "fixed", limitSeconds: 36_000 },
    ...{ loadSeconds: () => 20, requestSeconds: () => 10 },
    search: { method: stay, cells },
    ...part,
  };
}

test("Stage 1's server serves the first cell while it is asked for; nothing runs at the end", async () => {
  const { servers, taken, end } = await play(shape(cellsOf(A, B)));
  expect(end.exitReason).toBe("ok");
  expect(servers).toEqual([A, "stop", B, "stop", A, "stop"]);
  expect([...taken.candidates.values()].map(({ start }) => start)).toEqual([{ number: 0, kept: false }]);
  expect(taken.visits.map(({ start }) => start)).toEqual([
    { number: 0, kept: true },
    { number: 0, kept: true },
    { number: 1, kept: false },
    { number: 2, kept: false },
  ]);
  expect(taken.visits.map(({ visit }) => visit.loadMs)).toEqual([null, null, 20_000, 20_000]);
  expect(taken.visits.map(({ wallMs }) => Math.round(wallMs))).toEqual([10_000, 10_000, 35_000, 35_000]);
});

test("a first cell with other knobs ends Stage 1's server", async () => {
  const { servers, taken } = await play(shape(cellsOf(C, B)));
  expect(servers).toEqual([A, "stop", C, "stop", B, "stop", C, "stop"]);
  expect(taken.visits.map(({ start }) => start?.number)).toEqual([1, 1, 2, 3]);
});

test("a rejected candidate's server ends before the next one starts, and has no number", async () => {
  const candidates = [{ loadFails: { class: "died", reason: "the process ended" } as const }, {}];
  const { servers, taken } = await play(shape(cellsOf(A, B), { candidates }));
  expect(servers.slice(0, 4)).toEqual([A, "stop", A, "stop"]);
  expect([...taken.candidates.values()].map(({ start }) => start?.number)).toEqual([undefined, 0]);
});

test("a method that does not keep it: every visit starts and stops its own", async () => {
  const { servers, taken } = await play(shape(cellsOf(A, B), { search: { method: fixed, cells: cellsOf(A, B) } }));
  expect(servers).toEqual([A, "stop", A, "stop", B, "stop"]);
  expect(taken.visits.map(({ start }) => start)).toEqual([
    { number: 1, kept: false },
    { number: 2, kept: false },
  ]);
});

test("the time limit ends the server that is kept", async () => {
  // Stage 1 takes 20 + 2 + 2 · 10 s, the first two visits 10 s each: the limit comes in the second.
  const { servers, end } = await play(shape(cellsOf(A, B), { limitSeconds: 57 }));
  expect(end.exitReason).toBe("budget_exhausted_with_partial_recommendation");
  expect(servers).toEqual([A, "stop"]);
});

test("a resumed run starts anew, and numbers go on", async () => {
  const first = await play(shape(cellsOf(A, B), { limitSeconds: 100 }));
  expect(first.taken.visits.map(({ start }) => start?.number)).toEqual([0, 0, 1]);
  const { servers, taken } = await play(shape(cellsOf(A, B), { resumed: { taken: first.taken, spentSeconds: 97 } }));
  expect(servers).toEqual([A, "stop"]);
  expect(taken.visits.map(({ start }) => start)).toEqual([{ number: 2, kept: false }]);
});

test("what lies ahead counts a start only where one comes", async () => {
  const { seconds, totalSeconds } = await play(shape(cellsOf(A, B)));
  const ratios = seconds
    .filter(({ row, at }) => row.stage === 2 && totalSeconds - at > totalSeconds / 10)
    .map(({ row, at }) => (row.etaSeconds ?? NaN) / (totalSeconds - at));
  expect(ratios.length).toBeGreaterThan(50);
  expect(Math.min(...ratios)).toBeGreaterThan(0.7);
  expect(Math.max(...ratios)).toBeLessThan(1.4);
});
