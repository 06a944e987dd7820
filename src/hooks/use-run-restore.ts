// Whoever looks at runs and finds something drained by a dead one has it brought back, in the background and without a process of its own.
// Source: contract §5 (the next start of anything runs `restore`).
import { usePromise } from "@raycast/utils";
import { isMendedUnasked, type RunAlarm } from "../lib/runs/run-alarms.ts";
import { launchRestores } from "../lib/runs/run-restore.ts";

/** @returns whether a launch is under way; the command must not end before */
export function useAbandonedRestore(alarms: RunAlarm[] | undefined): boolean {
  const ids = (alarms ?? []).filter(isMendedUnasked).map(({ id }) => id);
  const { data, error } = usePromise(launchRestores, [ids], {
    execute: ids.length > 0,
    // It is tried again in a minute, and the red state stays until it worked.
    onError: (cause) => console.error("restore was not launched:", cause),
  });
  return ids.length > 0 && data === undefined && error === undefined;
}
