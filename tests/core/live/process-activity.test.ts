import { expect, test } from "@jest/globals";
import { hasWorked, parseActivity } from "../../../worker/core/live/process-activity.ts";

test.each([
  ["macOS", "  0:01.25 104448\n 12:00.75   2048\n", { cpuS: 722, rssKib: 106_496 }],
  ["Linux", "00:00:03  5120\n1-02:00:01   10\n", { cpuS: 93_604, rssKib: 5130 }],
  ["nothing", "\n", null],
  ["an error", "ps: no such process 12\n", null],
  ["a long line", `${"1".repeat(1_000_000)}\n`, null],
])("what ps says on %s", (_system, text, activity) => expect(parseActivity(text)).toEqual(activity));

test("a second of work or 64 MiB more is a load that goes on, an idle loop is not", () => {
  const before = { cpuS: 10, rssKib: 1000 };
  expect(hasWorked(before, { cpuS: 11, rssKib: 1000 })).toBe(true);
  expect(hasWorked(before, { cpuS: 10, rssKib: 1000 + 65_536 })).toBe(true);
  expect(hasWorked(before, { cpuS: 10.4, rssKib: 900 })).toBe(false);
});
