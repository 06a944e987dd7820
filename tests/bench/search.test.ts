// The benchmark's own parts by hand-computed numbers: shapes of drift, prices, demands.
import { expect, test } from "@jest/globals";
import { missed } from "../../bench/search/demand.ts";
import { driftOf } from "../../bench/search/drift.ts";
import { search } from "../../bench/search/run.ts";
import { WORLD_NAMES, WORLDS } from "../../bench/search/worlds.ts";
import { doubt } from "../../worker/core/search/search-doubt.ts";
import { fixed } from "../../worker/core/search/search-fixed.ts";
import { normal, seeded } from "../support/search-simulation.ts";

const after = (shape: Parameters<typeof driftOf>[0], ...lengths: number[]): number => {
  const drift = driftOf(shape, 0.3);
  lengths.forEach((length, place) => drift.pass(length, place % 2 === 1));
  return drift.loss();
};

test("a machine loses speed in four shapes", () => {
  expect(after("lin", 690)).toBeCloseTo(0.15, 12);
  expect(after("lin", 2000)).toBeCloseTo(0.3, 12);
  expect(after("heat", 300)).toBeCloseTo((0.3 * (1 - Math.exp(-1))) / (1 - Math.exp(-4.6)), 12);
  expect(after("hump", 690)).toBeCloseTo(0.3, 12);
  expect(after("hump", 1400)).toBe(0);
  // 200 s of a start bring the load to .2 · (1 − 1/e), 200 s of requests from there towards 1.
  const started = 0.2 * (1 - Math.exp(-1));
  expect(after("load", 200)).toBeCloseTo(0.3 * started, 12);
  expect(after("load", 200, 200)).toBeCloseTo(0.3 * (1 + (started - 1) * Math.exp(-1)), 12);
});

test("fixed takes its own time, and every cell starts once", () => {
  expect(search(fixed, "bench", 0.15, 1)).toMatchObject({ time: 1, starts: 12, requests: 60 });
});

test("a kept server costs its start once, Stage 1's none", () => {
  const { time, starts, requests } = search(doubt, "ladder", 0, 3);
  expect(time).toBeCloseTo((37.5 * starts + 15 * requests) / 1350, 12);
  expect(requests).toBeGreaterThan(starts + 1);
});

test("every world has 12 cells, and the first is the plain one", () => {
  for (const name of WORLD_NAMES) {
    const uniform = seeded(5);
    const { cells, speed, ttft } = WORLDS[name]({ uniform, normal: normal(uniform) });
    expect([cells.length, speed.length, ttft.length]).toEqual([12, 12, 12]);
    expect(cells[0]?.knobs).toMatchObject({ kv_bits: null, max_concurrency_override: 1 });
    expect(new Set(cells.map(({ knobs }) => JSON.stringify(knobs))).size).toBe(12);
  }
});

test("a line misses what it stays below by more than two standard errors", () => {
  const demand = { world: "bench", right: [0.96, 0.96, 0.93], time: [0.5, 0.5, 0.5] } as const;
  const line = { searches: 96, replaced: 1, loss: 0, time90: 1, starts: 1, requests: 1, left: 0 };
  // √(.96 · .04 / 96) = .02
  expect(missed(demand, 0, { ...line, right: 0.921, time: 0.5, timeError: 0.01 })).toEqual([]);
  expect(missed(demand, 1, { ...line, right: 0.919, time: 0.53, timeError: 0.01 })).toEqual([
    "bench at 15 % drift: right in 0.919, wanted 0.96",
    "bench at 15 % drift: 0.530 of fixed's time, allowed 0.5",
  ]);
  const equal = { world: "equal", replaced: [0.05, 0.04, 0.04], time: [1, 1, 1] } as const;
  expect(missed(equal, 1, { ...line, right: 1, replaced: 0.1, time: 0.5, timeError: 0 })).toEqual([
    "equal at 15 % drift: default replaced in 0.100, allowed 0.04",
  ]);
});
