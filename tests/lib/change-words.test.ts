// The keys that a change writes, in words. Source: contract §12.
import { expect, test } from "@jest/globals";
import { changeFacts, changeLine } from "../../src/lib/change/change-words.ts";
import { KNOB_ROWS } from "../../worker/core/knobs.ts";

test.each(KNOB_ROWS)("%s is called by its label", (key, { label }) => {
  expect(changeLine({ key, before: 4, after: null })).toBe(`${label}: 4 → unset`);
});

test("models are short, unless that leaves them alike", () => {
  const model = (before: string | null, after: string) => changeLine({ key: "model", before, after });
  expect(model("org/Old-3B", "/my models/New-7B")).toBe("Model: Old-3B → New-7B");
  expect(model(null, "org/New-7B")).toBe("Model: unset → New-7B");
  expect(model("one/Same-7B", "two/Same-7B")).toBe("Model: one/Same-7B → two/Same-7B");
});

test("a key of nobody's table keeps its name", () => {
  expect(changeLine({ key: "constructor", before: "a", after: 1 })).toBe("constructor: a → 1");
});

test("a model that stays stands before the keys that change", () => {
  const changes = [{ key: "kv_bits", before: null, after: 8 }];
  expect(changeFacts({ model: "org/New-7B", changes })).toEqual([
    { label: "Model", text: "New-7B" },
    { label: "KV Cache Bits", text: "unset → 8" },
  ]);
});
