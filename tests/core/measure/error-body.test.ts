import { expect, test } from "@jest/globals";
import { errorBodyText, errorValueText } from "../../../worker/core/measure/error-body.ts";

test.each([
  [
    '{"error":{"message":"9000 tokens of 8192","code":"context_length_exceeded"}}',
    "9000 tokens of 8192 (context_length_exceeded)",
  ],
  ['{"error":{"message":"overloaded","code":null,"type":"server_error"}}', "overloaded"],
  ['{"error": "generation thread died"}', "generation thread died"],
  ["<html>\n  Bad\tGateway</html>", "<html> Bad Gateway</html>"],
  ['{"detail":"no such route"}', "no such route"],
  ['{"detail":[{"loc":["body","n"],"msg":"too big"},{"msg":"too long"}]}', "body.n: too big; too long"],
  ['{"detail":{"error":"route_busy","message":"one at a time"}}', "one at a time (route_busy)"],
  ['{"error":{"code":400,"message":"9 of 8 tokens","type":"exceed_context_size_error"}}', "9 of 8 tokens"],
  ['{"error":true,"message":"no slot"}', "no slot"],
  ['{"object":"error","message":"gone","code":"x"}', "gone (x)"],
  ['{"title":"Too Many Requests","status":429}', "Too Many Requests"],
  ['data: {"error":"in a stream"}\n\ndata: [DONE]', "in a stream"],
  ['event: error\ndata: {"error":"in a stream"}\n\n', "in a stream"],
  ['{"unknown":"shape"}', '{"unknown":"shape"}'],
  ["", ""],
])("the words of %j", (body, words) => expect(errorBodyText(body)).toBe(words));

test("a long body is cut", () => expect(errorBodyText("x".repeat(500))).toBe(`${"x".repeat(200)}…`));

test("an error value of an unknown shape is shown as it is", () => {
  expect(errorValueText({ message: "out of memory" })).toBe("out of memory");
  expect(errorValueText([1, null])).toBe("[1,null]");
});

test("a page of a megabyte without an end is read at once", () => {
  for (const part of ["<", "<style", "<title>", "a<b", "</title", " "])
    expect(errorBodyText(`<html>${part.repeat(1_048_576 / part.length)}`).length).toBeLessThanOrEqual(201);
});

test("words nested without end are not followed", () => {
  expect(errorBodyText(`${'{"error":'.repeat(50)}"x"${"}".repeat(50)}`)).toMatch(/^\{"error":/);
});
