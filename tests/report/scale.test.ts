import { expect, test } from "@jest/globals";
import { roundScale } from "../../worker/report/scale.ts";

test.each([
  [0, 422, { min: 0, max: 500, interval: 100 }],
  [0, 500, { min: 0, max: 500, interval: 100 }],
  [0, 1401.2, { min: 0, max: 1500, interval: 500 }],
  [0, 3.1, { min: 0, max: 4, interval: 1 }],
  [0, 0.4, { min: 0, max: 0.4, interval: 0.1 }],
  [0, 0, { min: 0, max: 0.1, interval: 0.1 }],
])("from %d to %d", (low, high, { min, max, interval }) => {
  const scale = roundScale(low, high);
  expect(scale.min).toBeCloseTo(min);
  expect([scale.max / max, scale.interval / interval].map((ratio) => +ratio.toFixed(6))).toEqual([1, 1]);
});

test("steps that are given go first, and an axis may begin below 0", () => {
  expect(roundScale(-0.059, 0.115, [0.05])).toEqual({ min: -0.1, max: expect.closeTo(0.15), interval: 0.05 });
  expect(roundScale(-0.3, 0.3, [0.05])).toMatchObject({ interval: expect.closeTo(0.2) });
  expect(roundScale(0, 128, [1, 5, 15, 30, 60])).toEqual({ min: 0, max: 150, interval: 30 });
  expect(roundScale(0, 7200, [1, 5, 15, 30, 60])).toEqual({ min: 0, max: 8000, interval: 2000 });
});
