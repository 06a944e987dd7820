// A clock of its own that runs several times faster than the real one: for waits of minutes around processes that are real.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../../worker/context.ts";

/** Every ms that is slept counts as `times` ms; what is done in between counts as it lasts. */
export function quickClock(times: number): Clock {
  let aheadMs = 0;
  return {
    utc: () => new Date().toISOString(),
    nowMs: () => performance.now() + aheadMs,
    sleep: async (ms, signal) => {
      await delay(ms / times, undefined, signal === undefined ? {} : { signal });
      aheadMs += ms - ms / times;
    },
  };
}

/** Every sleep counts as so many ms, however short: for limits that many looks lead up to. */
export function leapingClock(leapMs: number): Clock {
  let aheadMs = 0;
  return {
    utc: () => new Date().toISOString(),
    nowMs: () => performance.now() + aheadMs,
    sleep: async () => {
      await delay(1);
      aheadMs += leapMs;
    },
  };
}
