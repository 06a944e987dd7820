// What visits cost, in figures by hand. Whole runs under a virtual clock: tests/tune/progress.test.ts.
import { expect, test } from "@jest/globals";
import { meanCosts, visitCosts, visitLeft, visitsSeconds } from "../../../worker/core/result/estimate.ts";
import { okReplicate, visit } from "../../support/store/store-fixtures.ts";

// okReplicate's request takes 0.9 s.
const PRIOR = { startSeconds: 40, requestSeconds: 15 };
const fresh = (wallMs: number) => ({ wallMs, start: { number: 1, kept: false } });
const KEPT = { wallMs: 900, start: { number: 1, kept: true } };

test("a visit that found its server running says nothing of starts", () => {
  const one = visit([okReplicate(40)]);
  expect(visitCosts(one, fresh(20_900), PRIOR)).toEqual({ startSeconds: 20, requestSeconds: 0.9 });
  expect(visitCosts(one, { wallMs: 20_900, start: null }, PRIOR)).toEqual({ startSeconds: 20, requestSeconds: 0.9 });
  expect(visitCosts(one, KEPT, PRIOR)).toEqual({ startSeconds: null, requestSeconds: 0.9 });
  expect(visitCosts(visit([]), KEPT, PRIOR)).toEqual({ startSeconds: null, requestSeconds: 15 });
});

test("the mean start is that of the visits that started; as the prior where none did", () => {
  const [a, b, kept] = [
    { startSeconds: 20, requestSeconds: 1 },
    { startSeconds: 30, requestSeconds: 2 },
    { startSeconds: null, requestSeconds: 6 },
  ];
  expect(meanCosts([a, b, kept], PRIOR)).toEqual({ startSeconds: 25, requestSeconds: 3 });
  expect(meanCosts([kept], PRIOR)).toEqual({ startSeconds: 40, requestSeconds: 6 });
  expect(meanCosts([], PRIOR)).toBeNull();
});

test("a visit that finds its server running needs neither start nor warm-up", () => {
  const begun = visit([], { loadMs: null });
  expect(visitLeft(begun, 2, PRIOR)).toBeCloseTo(40 + 2.3 * 15, 9);
  expect(visitLeft(begun, 2, PRIOR, true)).toBeCloseTo(2 * 15, 9);
  expect(visitLeft(visit([okReplicate(40)], { loadMs: null }), 2, PRIOR, true)).toBeCloseTo(0.9, 9);
});

test("visits count as starts, each with its warm-up", () => {
  expect(visitsSeconds(PRIOR, { visits: 2, replicates: 5 })).toBeCloseTo(2 * 44.5 + 75, 9);
  expect(visitsSeconds(PRIOR, { visits: 0, replicates: 5 })).toBe(75);
});
