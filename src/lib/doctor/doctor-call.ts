// Asks the worker for its diagnosis, and lets it send a notification. Source: contract §14 (doctor), §13 (Send Test Notification).
import { environment, showToast, Toast } from "@raycast/api";
import { check, type DoctorReport, doctorSchema } from "../../../worker/core/result/check.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { ifNothingAppeared, notifiedSchema } from "../../../worker/core/result/notified.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { readWhenFree } from "../database/database.ts";
import { runDeepLink } from "../worker/deep-link.ts";
import { type ShownCheck, withPreferences } from "./doctor-preferences.ts";
import { doctorFlags } from "./doctor-text.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { inRaycast } from "../ui/raycast-words.ts";
import { databasePath } from "../worker/paths.ts";
import { callDespite, callWorker, WorkerError } from "../worker/raycast-worker.ts";
import { rememberedValues } from "../tune/tune-form-memory.ts";

export interface Diagnosis {
  /** null: the worker itself could not be asked, and the only check says why. */
  report: DoctorReport | null;
  checks: ShownCheck[];
  /** More on that only check; "" if nothing. */
  log: string;
}

/** A run could not start: the report is there all the same. */
const COULD_NOT_START = 1;
const DOCTOR_MS = 120_000;
const NOTHING_SAID = { log: "", remedy: null, preferences: false };

/** Have everything looked at that a run with the form's present settings needs. */
export async function diagnose(): Promise<Diagnosis> {
  const flags = doctorFlags(await rememberedValues());
  try {
    const options = { okCodes: [0, COULD_NOT_START], timeoutMs: DOCTOR_MS };
    const { answer, problems } = await callDespite(["doctor", ...flags], doctorSchema, options);
    const { report, checks } = withPreferences(answer, problems);
    return { report, checks, log: "" };
  } catch (error) {
    const { log, remedy, preferences } = error instanceof WorkerError ? error : NOTHING_SAID;
    const broken = check(
      "node",
      "Worker",
      "error",
      inRaycast(errorText(error)),
      ...(remedy === null ? [] : [inRaycast(remedy)]),
    );
    return { report: null, checks: [{ ...broken, preferences }], log };
  }
}

/** Let the worker show a notification as at the end of a run; a click opens the last run, if there is one. */
export async function sendTestNotification(): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Sending a notification" });
  try {
    const runId = await lastRunId();
    const env = runId === null ? {} : { MLX_AUTOTUNE_DEEP_LINK: linkTo(runId) };
    const { via, tried } = await callWorker(["notify-test"], notifiedSchema, { okCodes: [0, 1], env });
    if (via === null) throw new WorkerError(`No tool took it. ${tried[0] ?? ""}`, { log: tried.join("\n") });
    Object.assign(toast, { style: Toast.Style.Success, title: `Handed to ${via}`, message: ifNothingAppeared(via) });
  } catch (error) {
    await showFailure("The notification was not sent", error);
  }
}

const linkTo = (runId: string): string => runDeepLink(environment, runId, process.env["RAYCAST_SCHEME"]);

async function lastRunId(): Promise<string | null> {
  try {
    return await readWhenFree(databasePath(), (readers) => readers.latestRun()?.run_id ?? null);
  } catch (error) {
    if (error instanceof DatabaseProblem) return null; // the list says what is wrong with it
    throw error;
  }
}
