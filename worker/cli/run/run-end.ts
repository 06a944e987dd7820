// How a run ends: its row first, then the text, the recipe's application, the notification, the exit code.
// Source: contract §3 (exit codes), §13.
import type { TuneEnd } from "../../autotune.ts";
import { EXIT_CODES, EXIT_RESTORE_FAILED, SIGNAL_CODES } from "../../core/errors.ts";
import { notificationText } from "../../core/runs/result-text.ts";
import { notifiedText } from "../../core/result/notified.ts";
import { applyNoteKind, type AppliedAtEnd, type RunResult } from "../../core/result/recipe.ts";
import { notify } from "../../notify/notify.ts";
import type { RestoreResult } from "../../service/restore.ts";
import { applyAfterRun } from "./apply-after-run.ts";
import { printResult } from "./print-result.ts";
import type { Session } from "./run-session.ts";

/**
 * End the row first, then print and notify: what was found is safe before anything else can fail. If this process dies before it has
 * told, its guard or the next command tells (tell-ends.ts).
 */
export async function finish(session: Session, end: TuneEnd, result: RunResult, back: RestoreResult): Promise<number> {
  const { journal, io, request } = session;
  journal.ended({
    exitReason: end.exitReason,
    detail: end.detail,
    recommendationJson: JSON.stringify(result),
    recipeHash: result.recipe_hash,
    thermalDrift: end.search?.drift ?? null,
  });
  const { json } = request.inputs;
  const print = (application: AppliedAtEnd | null) =>
    printResult(
      application === null ? result : { ...result, application },
      { json, compare: request.compare },
      session.store.readers,
      io,
    );
  // People read the recipe before it is applied; the one JSON document comes when all is done.
  if (!json) print(null);
  const applied = await applyIfAsked(session, result, back);
  if (json) print(applied?.document ?? null);
  if (result.recommendation !== null) session.store.clearCrashSuspect(result.recommendation.model);
  const application = request.inputs.apply ? (applied?.document.state ?? "none") : null;
  const text = notificationText(result, back, application);
  const shown = await notify({ ...text, link: session.started.link ?? null }, io.env);
  session.store.untold.told(request.runId, notifiedText(shown));
  return back.failed.length > 0 ? EXIT_RESTORE_FAILED : applied?.exitCode || exitCode(end);
}

/** Never over a provider that is not back, and not once the user has said stop. */
async function applyIfAsked({ request, io, store, journal }: Session, result: RunResult, back: RestoreResult) {
  const { apply, json, readyTimeoutS } = request.inputs;
  if (!apply || result.recommendation === null || back.failed.length > 0 || io.signal.aborted) return null;
  const note = (end: AppliedAtEnd["state"], text: string) => journal.note(applyNoteKind(end), text);
  return applyAfterRun(result.run_id, { json, readyTimeoutS, note }, store, io);
}

/** Source: contract §3, table of exit codes; 128 + signal number for an interrupt. */
function exitCode(end: TuneEnd): number {
  const why = end.stopped?.why;
  return end.exitReason === "interrupted" && why?.kind === "interrupted"
    ? SIGNAL_CODES[why.signal]
    : EXIT_CODES[end.exitReason];
}
