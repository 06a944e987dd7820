// Removes what the worker has written, after showing it: looked at, asked, looked at again by the worker.
import { Alert, confirmAlert, environment, Icon, showToast, Toast } from "@raycast/api";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { uninstallSchema } from "../../../worker/core/machine/uninstall.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { uninstallDialog } from "./uninstall-text.ts";
import { WorkerError } from "../worker/worker-error.ts";

/** The worker's code where something stayed. */
const INCOMPLETE = 1;

/** @returns true once all is gone */
export async function uninstallAsked(): Promise<boolean> {
  const support = ["--support-path", environment.supportPath];
  try {
    const planned = await callWorker(["uninstall", "--dry-run", ...support], uninstallSchema);
    if (planned.refused !== null) throw new WorkerError(planned.refused);
    const primaryAction = { title: "Remove", style: Alert.ActionStyle.Destructive };
    if (!(await confirmAlert({ ...uninstallDialog(planned), icon: Icon.Trash, primaryAction }))) return false;
    const toast = await showToast({ style: Toast.Style.Animated, title: "Removing" });
    const done = await callWorker(["uninstall", "--yes", ...support], uninstallSchema, { okCodes: [0, INCOMPLETE] });
    if (done.problems.length > 0)
      throw new WorkerError(`Not all could be removed: ${done.problems[0] ?? ""}`, { log: done.problems.join("\n") });
    // The answers to this extension, of which the worker left the one that it gave last.
    rmSync(join(environment.supportPath, "calls"), { recursive: true, force: true });
    const message = "Remove the extension in Raycast's settings, too.";
    Object.assign(toast, { style: Toast.Style.Success, title: "Everything is removed", message });
    return true;
  } catch (error) {
    await showFailure("Nothing was removed", error);
    return false;
  }
}
