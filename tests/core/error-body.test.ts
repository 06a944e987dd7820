import { expect, test } from "@jest/globals";
import { errorBodyText, errorValueText } from "../../worker/core/error-body.ts";

test.each([
  [
    '{"error":{"message":"9000 tokens of 8192","code":"context_length_exceeded"}}',
    "9000 tokens of 8192 (context_length_exceeded)",
  ],
  ['{"error":{"message":"overloaded","code":null,"type":"server_error"}}', "overloaded"],
  ['{"error": "generation thread died"}', "generation thread died"],
  ["<html>\n  Bad\tGateway</html>", "<html> Bad Gateway</html>"],
  ['{"detail":"unknown shape"}', '{"detail":"unknown shape"}'],
  ["", ""],
])("the words of %j", (body, words) => expect(errorBodyText(body)).toBe(words));

test("a long body is cut", () => expect(errorBodyText("x".repeat(500))).toBe(`${"x".repeat(200)}…`));

test("an error value of an unknown shape is shown as it is", () => {
  expect(errorValueText({ message: "out of memory" })).toBe("out of memory");
  expect(errorValueText([1, null])).toBe("[1,null]");
});
