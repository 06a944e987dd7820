// Asks the worker for its diagnosis, and lets it send a notification. Source: contract §14 (doctor), §13 (Send Test Notification).
import { environment, showToast, Toast } from "@raycast/api";
import { type Check, check, type DoctorReport, doctorSchema } from "../../../worker/core/result/check.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { ifNothingAppeared, notifiedSchema } from "../../../worker/core/result/notified.ts";
import { DatabaseProblem, readDatabase } from "../database/database.ts";
import { runDeepLink } from "../worker/deep-link.ts";
import { doctorFlags } from "./doctor-text.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { databasePath } from "../worker/paths.ts";
import { callWorker, WorkerError } from "../worker/raycast-worker.ts";
import { rememberedValues } from "../tune/tune-form-memory.ts";

export interface Diagnosis {
  /** null: the worker itself could not be asked, and `broken` says why. */
  report: DoctorReport | null;
  broken: { check: Check; log: string } | null;
}

/** A run could not start: the report is there all the same. */
const COULD_NOT_START = 1;
const DOCTOR_MS = 120_000;

/** Have everything looked at that a run with the form's present settings needs. */
export async function diagnose(): Promise<Diagnosis> {
  const flags = doctorFlags(await rememberedValues());
  try {
    const options = { okCodes: [0, COULD_NOT_START], timeoutMs: DOCTOR_MS };
    return { report: await callWorker(["doctor", ...flags], doctorSchema, options), broken: null };
  } catch (error) {
    const { log, remedy } = error instanceof WorkerError ? error : { log: "", remedy: null };
    const repair = remedy === null ? [] : [remedy];
    return { report: null, broken: { check: check("node", "Worker", "error", errorText(error), ...repair), log } };
  }
}

/** Let the worker show a notification as at the end of a run; a click opens the last run, if there is one. */
export async function sendTestNotification(): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Sending a notification" });
  try {
    const runId = lastRunId();
    const env = runId === null ? {} : { MLX_AUTOTUNE_DEEP_LINK: linkTo(runId) };
    const { via, tried } = await callWorker(["notify-test"], notifiedSchema, { okCodes: [0, 1], env });
    if (via === null) throw new WorkerError(`No tool took it. ${tried[0] ?? ""}`, { log: tried.join("\n") });
    Object.assign(toast, { style: Toast.Style.Success, title: `Handed to ${via}`, message: ifNothingAppeared(via) });
  } catch (error) {
    await showFailure("The notification was not sent", error);
  }
}

const linkTo = (runId: string): string => runDeepLink(environment, runId, process.env["RAYCAST_SCHEME"]);

function lastRunId(): string | null {
  try {
    return readDatabase(databasePath(), (readers) => readers.latestRun()?.run_id ?? null);
  } catch (error) {
    if (error instanceof DatabaseProblem) return null; // the list says what is wrong with it
    throw error;
  }
}
