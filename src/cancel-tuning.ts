// Cancel Tuning: stop the active run; what it has taken out of service comes back. The menu bar, which starts no process itself,
// launches it in the background to bring back what a dead run left drained.
import { showHUD, type LaunchProps } from "@raycast/api";
import { activeNow, cancelTuning } from "./lib/cancel/cancel-run.ts";
import { restoreQuietly } from "./lib/cancel/cancel-restore.ts";
import { isNothingYet } from "./lib/database/database-problem.ts";
import { readWhenFree } from "./lib/database/database.ts";
import { databasePath } from "./lib/worker/paths.ts";
import { showDatabaseProblem } from "./lib/recipe/recipe-next-step.ts";

/** What the menu bar gives as `launchContext`. */
export interface CancelLaunchContext {
  /** Bring the live provider back; ask nothing. */
  restore?: boolean;
}

export default async function command(props: LaunchProps<{ launchContext?: CancelLaunchContext }>): Promise<void> {
  if (props.launchContext?.restore === true) return restoreQuietly();
  try {
    const seen = await readWhenFree(databasePath(), activeNow);
    if (seen === null) await showHUD("No run is active");
    else await cancelTuning(seen.active.run_id);
  } catch (error) {
    if (isNothingYet(error)) await showHUD("No run is active");
    else await showDatabaseProblem("The run was not cancelled", error);
  }
}
