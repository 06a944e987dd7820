// Brings back what a dead run left drained; unasked it is silent unless that fails, and then with the exact commands to type.
// Source: contract §5 (restore is safe at any time; exit 8).
import { Toast } from "@raycast/api";
import * as z from "zod";
import { EXIT_CODES, EXIT_RESTORE_FAILED } from "../../../worker/core/errors.ts";
import { showAlarms } from "./cancel-run.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { alarmSchema } from "../recipe/recipe-status.ts";

/** Retries and backoff of several services fit in here. */
const RESTORE_MS = 400_000;

const restoreSchema = z.object({
  restored: z.array(z.string()),
  left_out: z.array(z.object({ name: z.string(), commands: z.array(z.string()) })),
  failed: z.array(alarmSchema),
});

/** Run `restore` and wait for its end. @throws WorkerError */
export function askRestore(): Promise<z.output<typeof restoreSchema>> {
  const okCodes = [EXIT_CODES.ok, EXIT_RESTORE_FAILED];
  return callWorker(["restore"], restoreSchema, { okCodes, timeoutMs: RESTORE_MS });
}

/** Run `restore` unasked. Raycast shows a toast of a background launch as a HUD. */
export async function restoreQuietly(): Promise<void> {
  try {
    const { failed } = await askRestore();
    if (failed.length > 0) await showAlarms(new Toast({ title: "" }), failed, null);
  } catch (error) {
    await showFailure("The live provider could not be brought back", error);
  }
}
