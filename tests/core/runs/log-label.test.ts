// Whose a candidate's log is. Source: contract §4.
import { expect, test } from "@jest/globals";
import { logLabelPath, logLabelText } from "../../../worker/core/runs/log-label.ts";

test("a label stands beside its log and names model and cell", () => {
  const knobs = { kv_bits: 8, max_concurrency_override: 2, max_context_override: null };
  expect(logLabelPath("/a.log/001.log")).toBe("/a.log/001.json");
  expect(logLabelText(JSON.stringify({ model: "org/Mid-7B", knobs }))).toBe("Mid-7B · kv 8 · batch 2");
});

test.each(["", '{"model":"org/Mid', "[]", '{"model":"org/Mid-7B","knobs":{"kv_bits":3}}'])("%j is no label", (text) => {
  expect(logLabelText(text)).toBeNull();
});
