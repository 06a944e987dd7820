import { expect, test } from "@jest/globals";
import { estimateFit } from "../../../worker/core/measure/candidate-fit.ts";

test("weights, cache and 2 GB against the memory", () => {
  expect(estimateFit(18e9, 1e9, 21e9)).toEqual({ needs_bytes: 21e9, memory_bytes: 21e9, fits: true });
  expect(estimateFit(18e9, 1e9 + 1, 21e9)?.fits).toBe(false);
});

test("an unknown cache is left out, unknown weights give no estimate", () => {
  expect(estimateFit(18e9, null, 20e9)?.fits).toBe(true);
  expect(estimateFit(null, 1e9, 20e9)).toBeNull();
});
