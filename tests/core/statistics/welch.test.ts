import { describe, expect, test } from "@jest/globals";
import { ratioOf } from "../../../worker/core/statistics/welch.ts";

describe("the ratio of two sets of replicates", () => {
  test("is that of the geometric means", () => {
    expect(ratioOf([1, 4], [4, 16])?.ratio).toBeCloseTo(4, 12);
    expect(ratioOf([10], [11])).toEqual({ ratio: expect.closeTo(1.1, 12), interval: null });
  });

  test("has Welch's interval on logarithms", () => {
    // ln: was 0 0 0.3 0.3 (mean 0.15, s² 0.03), now 1 1.2 (mean 1.1, s² 0.02).
    // SE² = 0.03/4 + 0.02/2 = 0.0175; df = 0.0175² / (0.0075²/3 + 0.01²/1) = 2.58 → 2; t(0.975, 2) = 4.3027.
    const found = ratioOf([1, 1, Math.exp(0.3), Math.exp(0.3)], [Math.E, Math.exp(1.2)]);
    const half = 4.3027 * Math.sqrt(0.0175);
    expect(found?.ratio).toBeCloseTo(Math.exp(0.95), 10);
    expect(found?.interval?.[0]).toBeCloseTo(Math.exp(0.95 - half), 4);
    expect(found?.interval?.[1]).toBeCloseTo(Math.exp(0.95 + half), 4);
  });

  test("without any spread the interval is the ratio itself", () => {
    const [low, high] = ratioOf([10, 10], [12, 12])?.interval ?? [];
    expect([low, high]).toEqual([expect.closeTo(1.2, 12), expect.closeTo(1.2, 12)]);
  });

  test("nothing is said of what is no measurement", () => {
    expect(ratioOf([], [1])).toBeNull();
    expect(ratioOf([0, NaN, -1, Infinity], [1])).toBeNull();
    expect(ratioOf([1, 0], [2, 3])).toEqual({ ratio: expect.closeTo(Math.sqrt(6), 12), interval: null });
  });
});
