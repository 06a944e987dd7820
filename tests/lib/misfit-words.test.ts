// Why a candidate does not fit, in words. Source: contract §7.
import { expect, test } from "@jest/globals";
import { misfitWord } from "../../src/lib/ui/misfit-words.ts";
import { FAILURE_CLASSES } from "../../worker/core/measure/measurement.ts";

test.each(FAILURE_CLASSES)("%s is told in words, no two alike", (code) => {
  expect(misfitWord(code)).not.toMatch(/_/);
  expect(FAILURE_CLASSES.filter((one) => misfitWord(one) === misfitWord(code))).toEqual([code]);
});

test("what fits has none, and a class of another program is left as it is", () => {
  expect([misfitWord(null), misfitWord("toString")]).toEqual([null, "toString"]);
});
