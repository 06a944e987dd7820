// The form's messages are those of the command line, at the field that they are about.
import { expect, test } from "@jest/globals";
import { infoOf, placeholderOf, problemsOf } from "../../src/lib/tune/tune-form-checks.ts";
import {
  changedAdvanced,
  DEFAULT_VALUES,
  FIELDS,
  type TuneValues,
  tuneValuesSchema,
} from "../../src/lib/tune/tune-form.ts";
import { resolveSettings } from "../../worker/core/settings/settings.ts";

const problems = (changes: Partial<TuneValues>) => problemsOf({ ...DEFAULT_VALUES, ...changes });

test("an untouched form is sound", () => {
  expect(problems({})).toEqual({});
});

test("each message names value and limit, as the command line does", () => {
  expect(problems({ targetContext: "100", maxTokens: "many", port: "80" })).toEqual({
    targetContext: '"100" is below 128; give a whole number of tokens from 128 to 1048576',
    maxTokens: '"many" is not a whole number; give a whole number of tokens from 1 to 32768',
    port: '"80" is below 1024; give a whole number from 1024 to 65535',
  });
  const raw = { flags: { "target-context": "100" }, env: {}, file: null, home: "/", cwd: "/", randomSeed: 0 };
  expect(() => resolveSettings(raw)).toThrow(`--target-context: ${problems({ targetContext: "100" }).targetContext}`);
});

test("what does not go together is said at the field that would have to change", () => {
  expect(problems({ targetContext: "8000", maxContextAxis: "4000,16000" })).toEqual({
    maxContextAxis: expect.stringMatching(/^4000 is below the target context of 8000/),
  });
  expect(problems({ maxModelSize: "3B", minModelSize: "8B" })).toEqual({
    minModelSize: expect.stringMatching(/^8B is above the 3B/),
  });
});

test("a list of models is checked where it is typed, and only while it counts", () => {
  expect(problems({ candidates: "own", models: "" })).toEqual({ models: expect.stringMatching(/^the list is empty/) });
  expect(problems({ candidates: "own", models: "a/X\na/X" }).models).toMatch(/model 2, "a\/X", is there twice/);
  expect(problems({ candidates: "list", models: "a b c" })).toEqual({});
});

test("a wrong text in a field that does not count is no problem", () => {
  expect(problems({ method: "race", stage2Replicates: "x", candidates: "cached", maxModelSize: "x" })).toEqual({});
});

test("every field says what it means and what an empty one stands for", () => {
  for (const field of FIELDS) {
    expect(infoOf(field)).toMatch(/^[A-Z0-9].*\.$/);
    expect(placeholderOf(field)).not.toBe("");
  }
  expect(infoOf("maxTokens")).toContain("from 1 to 32768");
});

test("advanced values that count are told also while they are hidden", () => {
  const values = { ...DEFAULT_VALUES, maxTokens: "64", tpsTieEpsilon: "0.3", apply: true };
  expect(changedAdvanced(values)).toEqual(["maxTokens", "apply"]);
});

test("values that another version remembered are read as far as they are known", () => {
  expect(tuneValuesSchema.parse({ targetContext: "8000", method: "guess", unknown: 1 })).toEqual({
    ...DEFAULT_VALUES,
    targetContext: "8000",
  });
});
