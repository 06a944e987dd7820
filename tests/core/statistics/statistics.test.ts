import { describe, expect, test } from "@jest/globals";
import {
  interval95,
  mean,
  median,
  percentile,
  tOneSided,
  tTwoSided,
} from "../../../worker/core/statistics/statistics.ts";

describe("median and percentile", () => {
  test("the median of an even number of values is the mean of the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([2.0, 2.1, 2.05])).toBe(2.05);
    expect(median([])).toBeNull();
  });

  test("a percentile is the value at rank ⌈p·n⌉, whatever the rounding of p·n", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.95)).toBe(95);
    expect(percentile(hundred, 0.07)).toBe(7);
    expect(percentile([30, 10, 20], 0.95)).toBe(30);
    expect(percentile([5], 0.01)).toBe(5);
    expect(percentile([], 0.95)).toBeNull();
  });

  test("the mean of nothing is null", () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBeNull();
  });
});

describe("Student's t", () => {
  test.each([
    [0.95, 1, 6.3138],
    [0.95, 2, 2.92],
    [0.95, 5, 2.015],
    [0.95, 10, 1.8125],
    [0.95, 30, 1.6973],
    [0.995, 20, 2.8453],
    [0.999, 3, 10.2145],
    [0.95, 100_000, 1.6449],
  ])("one-sided %p at %p degrees of freedom is %p as printed in tables", (confidence, df, t) => {
    expect(Math.abs(tOneSided(confidence, df) - t)).toBeLessThan(0.002);
  });

  test.each([
    [0.95, 1, 12.7062],
    [0.95, 4, 2.7764],
    [0.95, 9, 2.2622],
    [0.99, 6, 3.7074],
  ])("two-sided %p at %p degrees of freedom is %p", (confidence, df, t) => {
    expect(tTwoSided(confidence, df)).toBeCloseTo(t, 3);
  });

  test("without a degree of freedom nothing can be told", () => {
    expect(tOneSided(0.95, 0)).toBe(Infinity);
    expect(interval95(1, 0.1, 0)).toBeNull();
    expect(interval95(10, 2, 4)?.map((x) => x.toFixed(3))).toEqual(["4.447", "15.553"]);
  });
});
