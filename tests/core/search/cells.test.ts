import { expect, test } from "@jest/globals";
import { buildCells, type CellsAsked } from "../../../worker/core/search/cells.ts";
import { cellName, type Knobs } from "../../../worker/core/knobs.ts";

const names = (asked: Partial<CellsAsked>) =>
  buildCells({ axes: {}, incumbent: null, whyNotServed: () => null, ...asked }).cells.map(
    (cell) => cellName(cell.knobs) + (cell.incumbent ? " (incumbent)" : ""),
  );

test("the product of the axes comes in order, max_batch > 1 after the others", () => {
  expect(names({ axes: { kv_bits: [null, 4], max_batch: [1, 2], max_context: [2000] } })).toEqual([
    "kv unset · batch 1 · context 2000",
    "kv 4 · batch 1 · context 2000",
    "kv unset · batch 2 · context 2000",
    "kv 4 · batch 2 · context 2000",
  ]);
});

test("the default cell comes first wherever its values stand in the axes", () => {
  const axes = { kv_bits: [4, 8, null], max_batch: [2, 1] };
  expect(names({ axes, defaults: { max_batch: 1 } })[0]).toBe("kv unset · batch 1");
  expect(names({ axes, defaults: { max_batch: 1 } })).toHaveLength(6);
});

test("a default that no axis value expresses is no cell", () => {
  expect(names({ axes: { max_batch: [1, 2] }, defaults: { max_batch: 32 } })).toEqual([
    "kv unset · batch 1",
    "kv unset · batch 2",
  ]);
});

test("no axis at all is the one default cell", () => {
  expect(names({})).toEqual(["kv unset · batch unset"]);
});

test("the incumbent is marked in the product, and added where the product lacks it", () => {
  const axes = { kv_bits: [null, 4], max_batch: [1, 2] };
  const inside: Knobs = { kv_bits: 4, max_concurrency_override: 2, max_context_override: null };
  expect(names({ axes, incumbent: inside })).toEqual([
    "kv unset · batch 1",
    "kv 4 · batch 1",
    "kv 4 · batch 2 (incumbent)",
    "kv unset · batch 2",
  ]);
  const outside: Knobs = { kv_bits: 8, max_concurrency_override: 1, max_context_override: 9000 };
  expect(names({ axes, incumbent: outside })[1]).toBe("kv 8 · batch 1 · context 9000 (incumbent)");
  expect(names({ axes, incumbent: outside })).toHaveLength(5);
});

test("an incumbent that leaves a knob unset is the cell with the provider's default value", () => {
  const incumbent: Knobs = { kv_bits: null, max_concurrency_override: null, max_context_override: null };
  const axes = { max_batch: [1, 2] };
  expect(names({ axes, incumbent, defaults: { max_batch: 1 } })).toEqual([
    "kv unset · batch 1 (incumbent)",
    "kv unset · batch 2",
  ]);
  expect(names({ axes, incumbent, defaults: { max_batch: 32 } })).toEqual([
    "kv unset · batch 1",
    "kv unset · batch unset (incumbent)",
    "kv unset · batch 2",
  ]);
});

test("what the program cannot serve is left out with the reason, and indices stay without gaps", () => {
  const { cells, dropped } = buildCells({
    axes: { kv_bits: [null, 4], max_batch: [1, 2], prefill_step_size: [512, 2048] },
    incumbent: null,
    whyNotServed: (knobs) =>
      knobs.kv_bits !== null && knobs.max_concurrency_override === 2 ? "answers one at a time" : null,
  });
  expect(cells.map((cell) => cell.index)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(dropped.map((one) => [cellName(one.knobs), one.reason])).toEqual([
    ["kv 4 · batch 2 · prefill step 512", "answers one at a time"],
    ["kv 4 · batch 2 · prefill step 2048", "answers one at a time"],
  ]);
});

test("values named twice make one cell", () => {
  expect(names({ axes: { kv_bits: [4, null, 4] } })).toEqual(["kv unset · batch unset", "kv 4 · batch unset"]);
});
