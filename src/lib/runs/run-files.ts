// A run as a file: its report, and its export. Both are written by the worker. Source: contract §15 (report, export).
import { open, showInFinder, showToast, Toast } from "@raycast/api";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { showFailure } from "../ui/failure-toast.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { shortId } from "../../../worker/core/units.ts";

const fileSchema = z.object({ path: z.string() });

/** Write the report and open it. */
export async function openReport(runId: string): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Writing the report" });
  try {
    const { path } = await callWorker(["report", runId], fileSchema);
    await open(path);
    await toast.hide();
  } catch (error) {
    await toast.hide();
    await showFailure("The report was not written", error);
  }
}

/** Write the run as a JSON file into Downloads. */
export async function exportRun(runId: string): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Exporting the run" });
  try {
    const { path } = await callWorker(["export", runId, "--output", freePath(runId)], fileSchema);
    Object.assign(toast, { style: Toast.Style.Success, title: "Run exported", message: path });
    toast.primaryAction = { title: "Show in Finder", onAction: () => void showInFinder(path) };
  } catch (error) {
    await toast.hide();
    await showFailure("The run was not exported", error);
  }
}

/** The worker overwrites nothing. */
function freePath(runId: string): string {
  const folder = join(homedir(), "Downloads");
  mkdirSync(folder, { recursive: true });
  for (let copy = 1; ; copy++) {
    const name = `mlx-autotune-${shortId(runId)}${copy === 1 ? "" : `-${copy}`}.json`;
    if (!existsSync(join(folder, name))) return join(folder, name);
  }
}
