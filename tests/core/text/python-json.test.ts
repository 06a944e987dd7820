import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parsePythonJson } from "../../../worker/core/text/python-json.ts";

test.each([
  ['{"time_step_limit": [0.0, Infinity]}', { time_step_limit: [0, null] }],
  ['{"coef": NaN, "low": -Infinity, "n": 2}', { coef: null, low: null, n: 2 }],
  ["NaN", null],
  ['\uFEFF{"a": 1}', { a: 1 }],
  ['{"a": "NaN and Infinity", "b": NaN}', { a: "NaN and Infinity", b: null }],
  ['{"a": "a \\" quote, NaN", "b": "slash \\\\", "c": NaN}', { a: 'a " quote, NaN', b: "slash \\", c: null }],
  ["null", null],
])("%s", (text, value) => expect(parsePythonJson(text)).toEqual(value));

test.each(["{oops", "<html>", "", '{"a": NaN', '{"a": "never ends, NaN', "NaNs", "[Infinit]", "undefined"])(
  "%j is no JSON",
  (text) => expect(parsePythonJson(text)).toBeUndefined(),
);

test("whatever JSON holds comes back as JSON.parse reads it", () => {
  fc.assert(fc.property(fc.json(), (text) => expect(parsePythonJson(text)).toEqual(JSON.parse(text))));
});

test.each([
  ["quotes", '"\\'.repeat(500_000)],
  ["escapes", `{"a": NaN, "b": "${"\\".repeat(1_000_000)}`],
  ["escaped quotes without an end", `[NaN, "${'\\"'.repeat(500_000)}`],
  ["bare words", `[${"NaN,".repeat(250_000)}`],
])("a megabyte of %s is read to its end", (_name, text) => expect(parsePythonJson(text)).toBeUndefined());
