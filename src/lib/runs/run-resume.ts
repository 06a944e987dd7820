// Takes up a run that was cut short, and shows the new one. Source: contract §15 (resume).
import { Alert, confirmAlert, Icon, launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import type { RunRow } from "../../../worker/core/runs/read-model.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { wakeMenuBar } from "../ui/menu-bar.ts";
import { startRun } from "../worker/raycast-worker.ts";
import { resumeFlags } from "./run-resume-flags.ts";
import { shortId } from "../../../worker/core/units.ts";

/** Start the worker, then show the new run. A run that drained the live provider does so again only after a question. */
export async function resumeRun(run: RunRow): Promise<void> {
  const flags = resumeFlags(run);
  try {
    if (flags.includes("--drain") && !(await mayDrain(flags))) return;
    // Unasked, the start comes before any await: Raycast may end the command there.
    const [{ runId }, toast] = await Promise.all([
      startRun(flags),
      showToast({ style: Toast.Style.Animated, title: "Resuming the run" }),
    ]);
    Object.assign(toast, { style: Toast.Style.Success, title: "Tuning goes on", message: `Run ${shortId(runId)}` });
    void wakeMenuBar();
    await launchCommand({ name: "tuning-runs", type: LaunchType.UserInitiated, context: { runId } });
  } catch (error) {
    await showFailure("The run was not resumed", error);
  }
}

const mayDrain = (flags: string[]): Promise<boolean> =>
  confirmAlert({
    title: "Take the live provider out of service?",
    message: `The run did so and does so again. ${
      flags.includes("--restart-foreground")
        ? "It is brought back at the end, whatever happens."
        : "Under launchd it is brought back at the end, whatever happens; one that was started by hand stays stopped."
    }`,
    icon: Icon.Warning,
    primaryAction: { title: "Resume Tuning", style: Alert.ActionStyle.Destructive },
  });
