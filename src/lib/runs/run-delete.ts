// Deletes a run on the user's word: asked first, looked at again after the dialog, done by the worker, which has the last say.
// Source: contract §14 (precondition re-checked after the dialog), §11 (what must stay).
import { Alert, confirmAlert, Icon, showToast, Toast } from "@raycast/api";
import * as z from "zod";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { readWhenFree } from "../database/database.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { databasePath } from "../worker/paths.ts";
import { callWorker, WorkerError } from "../worker/raycast-worker.ts";
import { titleOf, type RunSummary } from "./run-summary.ts";
import { shortId } from "../../../worker/core/units.ts";

const deletedSchema = z.object({ run_id: z.string(), deleted: z.literal(true) });

/** @returns whether it is gone */
export async function deleteRun(summary: RunSummary): Promise<boolean> {
  const { run_id: runId } = summary.run;
  try {
    await requireDeletable(runId);
    const yes = await confirmAlert({
      title: `Delete run ${shortId(runId)}?`,
      message: `${titleOf(summary)}: its trials, report and logs go with it. Export it first to keep them.`,
      icon: Icon.Trash,
      primaryAction: { title: "Delete Run", style: Alert.ActionStyle.Destructive },
    });
    if (!yes) return false;
    await requireDeletable(runId);
    await callWorker(["delete", runId], deletedSchema);
    await showToast({ style: Toast.Style.Success, title: "Run deleted", message: titleOf(summary) });
    return true;
  } catch (error) {
    await showFailure("The run was not deleted", error);
    return false;
  }
}

/** @throws WorkerError with reason and remedy if it must stay as things are now */
async function requireDeletable(runId: string): Promise<void> {
  const why = await readWhenFree(databasePath(), (readers) => whyKept(readers, runId));
  if (why !== null) throw new WorkerError(why.reason, { remedy: why.remedy });
}

/** @returns null if nothing speaks against deleting it */
function whyKept(readers: Readers, runId: string): { reason: string; remedy: string } | null {
  const run = readers.runs().find((one) => one.run_id === runId);
  const name = `Run ${shortId(runId)}`;
  if (run === undefined) return { reason: `${name} is not there any more.`, remedy: "Nothing is left to do." };
  if (run.state === "active") return { reason: `${name} is active.`, remedy: "Cancel it first." };
  if (run.applied) return { reason: `${name} holds the recipe that is applied.`, remedy: "Revert it first." };
  const open = readers
    .drains()
    .some((one) => one.run_id === runId && ["intended", "out", "failed"].includes(one.state));
  return open
    ? { reason: `${name} took a provider out of service that is not back.`, remedy: "Use Restore Provider first." }
    : null;
}
