// The rooms of the house: what the linter holds, on made-up files, and that no room grows too full.
import { globSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "@jest/globals";
import { circleOf } from "../scripts/eslint-rooms.mjs";
import { mayImport, roomOf, ROOMS } from "../scripts/rooms.mjs";

test("a file imports from its own room and those before it", () => {
  expect(roomOf("worker/tune/stage1.ts")).toBe("worker/tune");
  expect(roomOf("worker/step.ts")).toBe("worker/step.ts");
  expect(roomOf("worker/tune/deeper/stage1.ts")).toBeNull();
  expect(mayImport("worker/tune", "worker/core/measure")).toBe(true);
  expect(mayImport("worker/tune", "worker/tune")).toBe(true);
  expect(mayImport("worker/tune", "worker/platform/files")).toBe(false);
  expect(mayImport("worker/core/measure", "worker/core/runs")).toBe(false);
});

test("the extension knows of the worker what is pure", () => {
  expect(mayImport("src/lib/runs", "worker/core/runs")).toBe(true);
  expect(mayImport("src/lib/runs", "worker/providers")).toBe(true);
  expect(mayImport("src/lib/runs", "worker/store")).toBe(false);
  expect(mayImport("worker/cli", "src/lib/ui")).toBe(false);
});

test("a circle is told with its way", () => {
  const imports = new Map([
    ["a", ["b", "x"]],
    ["b", ["c"]],
    ["c", ["a"]],
    ["x", []],
  ]);
  expect(circleOf(imports, "a")).toEqual(["a", "b", "c"]);
  expect(circleOf(imports, "x")).toBeNull();
});

test("each room has files, and none more than can be looked over", () => {
  const files = globSync("{worker,src}/**/*.{ts,tsx}");
  const counts = Object.groupBy(files, (file) => dirname(file));
  expect(Object.entries(counts).filter(([, of = []]) => of.length > 22)).toEqual([]);
  expect(ROOMS.filter(([room]) => !files.includes(room) && counts[room] === undefined)).toEqual([]);
});
