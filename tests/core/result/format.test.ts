// Durations as people read them: contract §10 (readable block).
import { expect, test } from "@jest/globals";
import { duration } from "../../../worker/core/units.ts";

test.each([
  [0.85, "850 ms"],
  [9.94, "9.9 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [119.6, "2 min 00 s"],
  [245, "4 min 05 s"],
  [3599.7, "1 h 00 min"],
  [3720, "1 h 02 min"],
  [-1, "unknown"],
])("%d s is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
