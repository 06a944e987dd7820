// How long a load is waited for: the usual time, and longer while the same process works. Contract §5.
import { expect, test } from "@jest/globals";
import { RESTORE_LIMITS } from "../../worker/service/bring-back.ts";
import { watchLoad } from "../../worker/service/load-watch.ts";

/** Seconds until it is given up, asked once a second. @param worksUntilS of processor time, one second per second */
async function patience(pidAt: (s: number) => number | null, worksUntilS: number): Promise<number> {
  let s = 0;
  const clock = { nowMs: () => s * 1000, utc: () => "", sleep: () => Promise.resolve() };
  const watch = watchLoad(RESTORE_LIMITS, clock, () => Promise.resolve({ cpuS: Math.min(s, worksUntilS), rssKib: 0 }));
  while (s < 2000 && (await watch.mayGoOn(pidAt(s)))) s += 1;
  return s;
}

test.each([
  ["one that works on", () => 7, 5000, 900],
  ["one that stops working", () => 7, 420, 450],
  ["one that has been idle from early on", () => 7, 100, 300],
  ["one that is started again and again", (s: number) => 7 + Math.floor(s / 60), 5000, 300],
  ["one that ends late", (s: number) => (s < 600 ? 7 : null), 5000, 600],
  ["one that has no process", () => null, 5000, 300],
])("%s", async (_what, pidAt, worksUntilS, seconds) => {
  const waited = await patience(pidAt, worksUntilS);
  expect(Math.abs(waited - seconds)).toBeLessThanOrEqual(5);
});
