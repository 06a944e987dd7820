// Stops the active run on the user's word: what is lost is said first, and what comes back, of what this run has taken out.
// Source: contract §5, §14 (confirmation, precondition checked again after the dialog).
import { Alert, confirmAlert, Icon, showToast, Toast } from "@raycast/api";
import * as z from "zod";
import type { ActiveRow, DrainRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { cancelDialog, stoppedText, stoppingText } from "./cancel-text.ts";
import { copyAction } from "../change/change-toast.ts";
import { readWhenFree } from "../database/database.ts";
import { failureLog, showFailure } from "../ui/failure-toast.ts";
import { wakeMenuBar } from "../ui/menu-bar.ts";
import { databasePath } from "../worker/paths.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { alarmText, alarmsOf, fetchStatus, type Alarm } from "../recipe/recipe-status.ts";
import { shortId } from "../../../worker/core/units.ts";

/** Somewhat longer than the worker waits for the run to end. */
const CANCEL_MS = 500_000;

/**
 * Confirm, look again, stop, and tell what came of it.
 * @param runId the run that the user sees
 * @returns whether something may have changed
 */
export async function cancelTuning(runId: string): Promise<boolean> {
  try {
    const seen = await readWhenFree(databasePath(), activeNow);
    if (seen?.active.run_id !== runId) return await nothingToCancel(runId);
    const { title, message } = cancelDialog(seen.active, seen.drained);
    const primaryAction = { title: "Cancel Tuning", style: Alert.ActionStyle.Destructive };
    const dismissAction = { title: "Keep Tuning" };
    if (!(await confirmAlert({ title, message, icon: Icon.Stop, primaryAction, dismissAction }))) return false;
    const now = await readWhenFree(databasePath(), activeNow);
    if (now?.active.run_id !== runId) return await nothingToCancel(runId);
    return await stop(runId, now.drained);
  } catch (error) {
    await showFailure("The run was not cancelled", error);
    return false;
  }
}

/** The active run with the names of what it has drained; null if no run is active. */
export function activeNow(readers: Readers): { active: ActiveRow; drained: DrainRow[] } | null {
  const active = readers.activeRun();
  if (active === null) return null;
  const open = readers.drains().filter(({ run_id, state }) => run_id === active.run_id && OPEN.has(state));
  return { active, drained: open };
}

const OPEN = new Set(["intended", "out"]);

async function nothingToCancel(runId: string): Promise<boolean> {
  await showToast({
    style: Toast.Style.Success,
    title: "Nothing to cancel",
    message: `Run ${shortId(runId)} is not active any more.`,
  });
  return true;
}

async function stop(runId: string, drained: DrainRow[]): Promise<boolean> {
  const toast = await showToast({
    style: Toast.Style.Animated,
    title: "Stopping the run",
    message: stoppingText(drained),
  });
  try {
    // The worker says in plain text what became of it; the rows say more.
    await callWorker(["cancel"], z.unknown(), { timeoutMs: CANCEL_MS });
    await wakeMenuBar();
    const alarms = alarmsOf(await fetchStatus());
    if (alarms.length > 0) return await showAlarms(toast, alarms, null);
    const ended = (readers: Readers) => stoppedText(readers.run(runId), readers.drains());
    toast.message = await readWhenFree(databasePath(), ended);
    toast.style = Toast.Style.Success;
    toast.title = "Tuning cancelled";
    return true;
  } catch (error) {
    await toast.hide();
    await showFailure("The run was not cancelled", error);
    return true;
  }
}

/** The red state: what is not in service, with the commands to type. @returns true */
export async function showAlarms(toast: Toast, alarms: Alarm[], error: unknown): Promise<boolean> {
  const { title, message, commands, hints } = alarmText(alarms);
  const log = [title, message, commands, hints, error === null ? "" : failureLog(error)].filter((part) => part !== "");
  toast.primaryAction = copyAction("Commands", commands);
  toast.secondaryAction = copyAction("Log", log.join("\n\n"));
  toast.style = Toast.Style.Failure;
  toast.message = message;
  toast.title = title;
  await toast.show();
  return true;
}
