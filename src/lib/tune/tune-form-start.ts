// From the filled form to a run under way: ask where something is taken out of service or changed, look again, start.
// Source: contract §14 (precondition re-checked after the dialog), §5 (never drain unasked).
import { Alert, confirmAlert, Icon, showToast, Toast } from "@raycast/api";
import type { PlannedConflict, PlanReport } from "../../../worker/core/result/plan-report.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { wakeMenuBar } from "../ui/menu-bar.ts";
import { askPlan } from "./plan-call.ts";
import { startRun, WorkerError } from "../worker/raycast-worker.ts";
import { flagsOf } from "./tune-flags.ts";
import { livingRunNow } from "./tune-form-active.ts";
import type { TuneValues } from "./tune-form.ts";
import { shortId } from "../../../worker/core/units.ts";

/**
 * Start a tune with these values; whatever goes wrong is told in a toast.
 * @param plan of exactly these values; null if it is not known yet
 * @param onShow shows a run that is active already
 * @returns the run's id once its row is there; null if it was not started
 */
export async function startTune(
  values: TuneValues,
  plan: PlanReport | null,
  onShow: (runId: string) => void,
): Promise<string | null> {
  try {
    refuseSecond();
    // Without a question nothing is awaited before the start: Raycast may close the command at any await.
    if ((values.drain || values.apply) && !(await agreed(values, plan))) return null;
    const [toast, { runId }] = await Promise.all([
      showToast({ style: Toast.Style.Animated, title: "Starting" }),
      startRun(flagsOf(values)),
    ]);
    Object.assign(toast, { style: Toast.Style.Success, title: "Started", message: `Run ${shortId(runId)}` });
    void wakeMenuBar();
    return runId;
  } catch (error) {
    if (error instanceof SecondRun) await refuse(error, onShow);
    else await showFailure("The tune did not start", error);
    return null;
  }
}

class SecondRun extends Error {
  readonly runId: string;
  constructor(runId: string) {
    super(`Run ${shortId(runId)} is under way, and there is one run at a time.`);
    this.runId = runId;
  }
}

/** @throws SecondRun */
function refuseSecond(): void {
  const active = livingRunNow();
  if (active !== null) throw new SecondRun(active.run_id);
}

async function refuse({ runId, message }: SecondRun, onShow: (runId: string) => void): Promise<void> {
  await showToast({
    style: Toast.Style.Failure,
    title: "The tune did not start",
    message,
    primaryAction: {
      title: "Show Run",
      onAction: (toast) => {
        onShow(runId);
        void toast.hide();
      },
    },
  });
}

/** @throws WorkerError if the run would be refused, or what would be stopped is no longer what was shown */
async function agreed(values: TuneValues, plan: PlanReport | null): Promise<boolean> {
  const before = values.drain ? await conflictOf(values, plan) : null;
  const message = question(values, before);
  if (message === null) return true;
  const hasLive = (before?.live.length ?? 0) > 0;
  const yes = await confirmAlert({
    title: hasLive ? "Take the live provider out of service?" : "Apply the recipe at the end?",
    message,
    icon: Icon.Warning,
    primaryAction: { title: hasLive ? "Stop and Start" : "Start Tuning", style: Alert.ActionStyle.Destructive },
  });
  if (!yes) return false;
  refuseSecond();
  if (values.drain && namesOf(before) !== namesOf(await conflictOf(values, null)))
    throw new WorkerError("What serves here has changed while you were asked; nothing was stopped.", {
      remedy: "Look at the plan, then start again.",
    });
  return true;
}

async function conflictOf(values: TuneValues, plan: PlanReport | null): Promise<PlannedConflict | null> {
  const { conflict } = plan ?? (await lookedAt(flagsOf(values)));
  if (conflict?.refused) throw new WorkerError(conflict.refused.message, { remedy: conflict.refused.remedy });
  return conflict;
}

async function lookedAt(flags: string[]): Promise<PlanReport> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Looking at what serves here" });
  try {
    return await askPlan(flags);
  } finally {
    await toast.hide();
  }
}

/** @returns null if nothing will be stopped or changed */
function question({ drain, apply }: TuneValues, conflict: PlannedConflict | null): string | null {
  const stopped = (conflict?.live ?? []).map((one) => `${one.text}: ${one.drained}.`);
  const unknown = drain && conflict === null ? ["What serves here could not be looked at; it would be stopped."] : [];
  const applied = apply ? ["At the end the recipe is written into the provider's config, and it is restarted."] : [];
  const parts = [...stopped, ...unknown, ...applied];
  return parts.length === 0 ? null : parts.join("\n\n");
}

const namesOf = (conflict: PlannedConflict | null): string =>
  (conflict?.live ?? [])
    .map(({ name }) => name)
    .sort()
    .join("\n");
