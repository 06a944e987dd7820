// Bringing back what a run left drained: asked for by the user, or launched in the background for what a dead run left behind.
// Source: contract §5, §14 (the menu bar never forks a process).
import { Cache, LaunchType, launchCommand, showToast, Toast } from "@raycast/api";
import { askRestore } from "../cancel/cancel-restore.ts";
import { showAlarms } from "../cancel/cancel-run.ts";
import { copyAction } from "../change/change-toast.ts";
import { showFailure } from "../ui/failure-toast.ts";

/** One background launch per alarm and so many ms: a restore takes its time, and pollers look often. */
const AGAIN_MS = 60_000;

const cache = new Cache({ namespace: "restore" });

/** Launch the no-view command that runs `restore`, unless that was done for all of these a moment ago. */
export async function launchRestores(alarmIds: string[]): Promise<"done"> {
  const nowMs = Date.now();
  const due = alarmIds.filter((id) => !(nowMs - Number(cache.get(id) ?? 0) < AGAIN_MS));
  if (due.length === 0) return "done";
  for (const id of due) cache.set(id, String(nowMs));
  await launchCommand({ name: "cancel-tuning", type: LaunchType.Background, context: { restore: true } });
  return "done";
}

/** Run `restore` on the user's word, and tell what came of it. */
export async function restoreNow(): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Bringing the live provider back" });
  try {
    const { restored, left_out: leftOut, failed } = await askRestore();
    if (failed.length > 0) {
      await showAlarms(toast, failed, null);
      return;
    }
    const left = leftOut.map(({ name }) => `left stopped: ${name}`);
    if (leftOut.length > 0) {
      const commands = leftOut.flatMap((one) => one.commands).join("\n");
      toast.primaryAction = copyAction("Start Command", commands);
    }
    toast.style = Toast.Style.Success;
    toast.message = [...restored, ...left].join(" · ");
    toast.title = restored.length > 0 ? "Back in service" : "Nothing is drained any more";
  } catch (error) {
    await toast.hide();
    await showFailure("The live provider could not be brought back", error);
  }
}
