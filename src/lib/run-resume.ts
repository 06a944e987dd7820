// Takes up a run that was cut short. Source: contract §15 (resume: its inputs are the old run's; a run out of time needs more of it).
import { launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import type { RunRow } from "../../worker/core/read-model.ts";
import { ranOutOfTime, whyNotResumable } from "../../worker/core/resume-choice.ts";
import { showFailure } from "./failure-toast.ts";
import { startRun } from "./raycast-worker.ts";

/** Whether Resume is worth offering; the worker looks closer. @param visits how many starts of it are stored */
export const isResumable = (run: RunRow, visits: number): boolean => whyNotResumable(run, visits, []) === null;

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

/** What the old run was told about the live provider holds again, as it has no say in a figure. */
export function resumeFlags(run: RunRow): string[] {
  const inputs = run.inputs_json ?? {};
  const limit = inputs["maxDurationS"];
  return [
    "--resume",
    run.run_id,
    ...(inputs["drain"] === true ? ["--drain"] : []),
    ...(inputs["restartForeground"] === true ? ["--restart-foreground"] : []),
    ...(ranOutOfTime(run) && typeof limit === "number" ? ["--max-duration", String(Math.min(604_800, limit * 2))] : []),
  ];
}
