// The shapes that tests/linear-readers leaves out: every reader of foreign text, a quarter of a megabyte each.
import { expect, test } from "@jest/globals";
import { COMMON_SHAPES, SHAPES } from "./support/readers/foreign-text.ts";
import { nonLinearReaders } from "./support/readers/linear-readers.ts";

test("a quarter of a megabyte of any other shape is read in linear time by every reader", async () => {
  expect(await nonLinearReaders(Object.keys(SHAPES).filter((name) => !COMMON_SHAPES.includes(name)))).toEqual([]);
}, 1_800_000);
