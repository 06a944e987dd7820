// Durations and sizes as people read them: contract §10 (readable block), §14.
import { expect, test } from "@jest/globals";
import { diskSize, duration, memorySize } from "../../../worker/core/units.ts";

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

test.each([
  [17_179_869_184, "16 GB"],
  [8_589_934_592, "8 GB"],
  [21_045_339_750, "19.6 GB"],
  [1_020_054_733, "1 GB"],
  [536_870_912, "512 MB"],
  [0, "0 MB"],
  [null, "–"],
])("%p bytes of memory are %s, as Apple counts them", (bytes, text) => {
  expect(memorySize(bytes)).toBe(text);
});

test.each([
  [17_179_869_184, "17.2 GB"],
  [4_500_000_000, "4.5 GB"],
  [345_000_000, "345 MB"],
  [4_100, "4.1 KB"],
  [0, "0 KB"],
  [null, "–"],
])("%p bytes on a disk are %s, as the Finder counts them", (bytes, text) => {
  expect(diskSize(bytes)).toBe(text);
});
