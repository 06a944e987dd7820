// What a link hands to the form: each flag is what its field may hold, or is named and left out.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { flagsOf } from "../../src/lib/tune/tune-flags.ts";
import { DEFAULT_VALUES, tuneValuesSchema } from "../../src/lib/tune/tune-form.ts";
import { problemsOf } from "../../src/lib/tune/tune-form-checks.ts";
import { givenValues } from "../../src/lib/tune/tune-form-given.ts";

const changed = (flags: unknown) => {
  const { values, refused } = givenValues(flags);
  const entries = Object.entries(values ?? {}).filter(([key, value]) => Object(DEFAULT_VALUES)[key] !== value);
  return { changes: Object.fromEntries(entries), refused };
};

test("a value that the field cannot hold is named with what it may be, the others are used", () => {
  expect(changed(["--target-context", "banana", "--max-tokens", "64"])).toEqual({
    changes: { maxTokens: "64" },
    refused: ['--target-context: "banana" is not a whole number; give a whole number of tokens from 128 to 1048576'],
  });
  expect(changed(["--provider", "pear", "--method=fixed"])).toEqual({
    changes: { method: "fixed" },
    refused: [expect.stringMatching(/^--provider: "pear" is not one of auto, /)],
  });
});

test("a flag without a value takes no other flag for one", () => {
  expect(changed(["--port", "--drain", "--candidate-models"])).toEqual({
    changes: { drain: true },
    refused: [
      expect.stringMatching(/^--port: its value is missing; give /),
      expect.stringMatching(/^--candidate-models: its value is missing; give /),
    ],
  });
});

test("a switch holds on or off and nothing else", () => {
  expect(changed(["--drain=banana", "--no-offline", "--apply"])).toEqual({
    changes: { apply: true },
    refused: [expect.stringMatching(/^--drain: "banana" is neither on nor off; /)],
  });
  expect(changed(["--drain=yes"])).toEqual({ changes: {}, refused: ['--drain: the form cannot hold "yes"'] });
});

test("words that are no flags, and flags without a field, are named", () => {
  expect(changed(["banana", "--drain", "--seed", "7"])).toEqual({
    changes: { drain: true },
    refused: ["banana --seed 7"],
  });
});

test.each([["banana"], [7], [null], [[1, 2]], [{ "--drain": true }]])("%j are no flags", (flags) => {
  expect(givenValues(flags)).toEqual({ values: null, refused: ["flags: this is no list of words"] });
});

test("whatever is typed, the form gets what its schema allows and no field's own limits refuse", () => {
  const flag = fc.constantFrom(
    "--provider",
    "--method",
    "--port",
    "--drain",
    "--no-apply",
    "--kv-bits-axis",
    "--max-model-size",
  );
  const word = fc.oneof(
    flag,
    fc.string({ maxLength: 8 }),
    fc.constantFrom("auto", "race", " race", "8B", "4,8", "9999"),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (flags) => {
      const { values } = givenValues(flags);
      expect(tuneValuesSchema.parse(values)).toEqual(values);
      const { port, maxModelSize } = problemsOf(values ?? DEFAULT_VALUES);
      expect([port, maxModelSize]).toEqual([undefined, undefined]);
    }),
  );
});

test("the flags of a form are taken as they are", () => {
  const form = { ...DEFAULT_VALUES, targetContext: "4000", drain: true, restartForeground: true };
  expect(givenValues(flagsOf(form))).toEqual({ values: form, refused: [] });
});
