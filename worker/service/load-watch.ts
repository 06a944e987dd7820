// How long a provider that was started may load before it counts as silent: its usual time, and longer as long as the same process
// lives and its load goes on. Source: contract §5 (restored = its own port answers again).
import type { Clock } from "../context.ts";
import { hasWorked, type Activity } from "../core/live/process-activity.ts";
import { activityOf } from "../platform/processes/process-activity.ts";

export interface LoadLimits {
  /** ms that any may take. */
  answerWithinMs: number;
  /** ms at most for one whose process lives and whose load goes on. */
  loadWithinMs: number;
  /** ms without any work after which a load does not go on. */
  stalledMs: number;
}

/** Looks at its work in a stalledMs. */
const LOOKS = 6;

export interface LoadWatch {
  /** @param pid its process now, null = none. @returns whether to go on waiting */
  mayGoOn(pid: number | null): Promise<boolean>;
}

/** Begin to watch one that has just been started. @param look for tests */
export function watchLoad(limits: LoadLimits, clock: Clock, look = activityOf): LoadWatch {
  const since = clock.nowMs();
  let first: number | null = null;
  let isAnother = false;
  let worked: { atMs: number; activity: Activity } | null = null;
  let lookedMs = -Infinity;
  return {
    mayGoOn: async (pid) => {
      first ??= pid;
      isAnother ||= first !== null && pid !== first;
      if (pid !== null && !isAnother && clock.nowMs() - lookedMs >= limits.stalledMs / LOOKS) {
        const activity = await look(pid);
        lookedMs = clock.nowMs();
        if (activity !== null && (worked === null || hasWorked(worked.activity, activity)))
          worked = { atMs: lookedMs, activity };
      }
      const nowMs = clock.nowMs();
      if (nowMs - since < limits.answerWithinMs) return true;
      if (isAnother || worked === null || nowMs - since >= limits.loadWithinMs) return false;
      return nowMs - worked.atMs < limits.stalledMs;
    },
  };
}
