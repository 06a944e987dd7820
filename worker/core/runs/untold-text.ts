// What a run's notification says when another process than its worker sends it: the same if the run had ended, else that it died. Pure.
// Source: contract §13.
import { applyFact, type ApplyEnd, notBackText, notificationText } from "../runs/result-text.ts";
import { shortModel } from "../units.ts";
import type { ApplicationRow, NoteRow, RunRow } from "./read-model.ts";
import { APPLIED_ENDS, applyNoteKind } from "../result/recipe.ts";
import { storedResult } from "./stored-result.ts";

/** What the database holds of a run's end. */
export interface EndedRun {
  run: RunRow;
  /** What it had taken out of service, oldest first. */
  drains: readonly { name: string; state: string }[];
  notes: readonly Pick<NoteRow, "kind">[];
  /** Newest first. */
  applications: readonly Pick<ApplicationRow, "state">[];
}

/** Title and message. */
export function untoldText({ run, drains, notes, applications }: EndedRun): { title: string; message: string } {
  const names = (state: string) => drains.flatMap((one) => (one.state === state ? one.name : [])).reverse();
  const [restored, leftOut, failed] = [names("restored"), names("left_out"), names("failed")];
  if (failed.length > 0) return notBackText(failed);
  const isAsked = run.inputs_json?.["apply"] === true;
  const application = isAsked ? (applyNote(notes) ?? applications[0]?.state ?? "none") : null;
  const result = storedResult(run);
  // Whoever closes a dead worker's run changes its reason, not its result.
  if (result !== null && result.exit_reason === run.exit_reason)
    return notificationText(result, { restored, failed: [] }, application);
  const recipe = result?.recommendation;
  const kept = recipe ? [`Its recipe is kept: ${shortModel(recipe.model)}`, ...applyFact(application)] : [];
  return { title: "The tuning run has died", message: [...kept, whatIsBack(restored, leftOut)].join(" · ") };
}

/** What the last note of an --apply says came of it; null without one. */
function applyNote(notes: EndedRun["notes"]): ApplyEnd | null {
  const ends = notes.flatMap(({ kind }) => APPLIED_ENDS.filter((end) => kind === applyNoteKind(end)));
  return ends.at(-1) ?? null;
}

function whatIsBack(restored: readonly string[], leftOut: readonly string[]): string {
  if (restored.length > 0) return `The live provider is back: ${[...new Set(restored)].join(", ")}`;
  return leftOut.length > 0 ? `Left stopped: ${leftOut.join(", ")}` : "Nothing was left behind.";
}
