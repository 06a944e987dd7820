// The one clock that is passed around: monotonic for durations, wall for timestamps.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../context.ts";

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  utc: () => new Date().toISOString(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
