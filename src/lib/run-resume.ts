// Takes up a run that was cut short, and shows the new one. Source: contract §15 (resume).
import { launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import type { RunRow } from "../../worker/core/read-model.ts";
import { showFailure } from "./failure-toast.ts";
import { startRun } from "./raycast-worker.ts";
import { resumeFlags } from "./run-resume-flags.ts";

/** Start the worker, then show the new run. */
export async function resumeRun(run: RunRow): Promise<void> {
  try {
    // The start comes first: Raycast may end the command at any await.
    const [{ runId }, toast] = await Promise.all([
      startRun(resumeFlags(run)),
      showToast({ style: Toast.Style.Animated, title: "Taking up the run" }),
    ]);
    Object.assign(toast, { style: Toast.Style.Success, title: "Tuning goes on", message: `Run ${runId.slice(0, 8)}` });
    await launchCommand({ name: "tuning-runs", type: LaunchType.UserInitiated, context: { runId } });
  } catch (error) {
    await showFailure("The run was not taken up", error);
  }
}
