import { expect, test } from "@jest/globals";
import { exitTimeoutAdvice, innermostFirst, killsTooSoon } from "../../../worker/core/launchd/exit-timeout.ts";
import type { ProcessInfo } from "../../../worker/core/live/provider-family.ts";

test.each([
  [5, 30, true],
  [null, 30, true],
  [30, 30, false],
  [60, 30, false],
  [0, 600, false],
  [88_200, 600, false],
  [5, 5, false],
])("exit timeout %s against a grace of %s s: launchd kills too soon: %s", (exitTimeoutS, graceS, isSo) => {
  expect(killsTooSoon(exitTimeoutS, graceS)).toBe(isSo);
});

test("the advice never promises more than macOS grants", () => {
  expect(exitTimeoutAdvice("/a b.plist", 30)).toContain("<integer>30</integer> into '/a b.plist'");
  expect(exitTimeoutAdvice("/a", 600)).toContain("<integer>60</integer> (macOS 27 grants 60 at most) into /a");
});

const process = (pid: number, ppid: number): ProcessInfo => ({ pid, ppid, pgid: 1, uid: 501, start: "s", argv: [] });

test("processes are told from the innermost out, also where what stands between two of them is not known", () => {
  const pids = (...list: ProcessInfo[]) => innermostFirst(list).map(({ pid }) => pid);
  expect(pids(process(10, 1), process(11, 10), process(12, 11))).toEqual([12, 11, 10]);
  expect(pids(process(10, 1), process(30, 20))).toEqual([30, 10]);
  expect(pids(process(10, 1), process(30, 20), process(31, 30))).toEqual([31, 30, 10]);
  expect(pids()).toEqual([]);
});
