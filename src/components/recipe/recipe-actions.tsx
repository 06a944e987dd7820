// The actions that change something, complete with icon, shortcut, confirmation and toasts, for every view that offers them.
import { Action } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import type { ApplicationRow, RunRow } from "../../../worker/core/runs/read-model.ts";
import { cancelTuning } from "../../lib/cancel/cancel-run.ts";
import { RecipeChange } from "./RecipeChange.tsx";

/** Show the diff of a run's recipe; from there it is applied. `onDone` is called after anything was written. */
export function ApplyRecipeAction({ run, onDone }: { run: RunRow; onDone: () => void }) {
  const request = { command: "apply", target: run.run_id, flags: {} } as const;
  return <Action.Push {...ACTIONS.applyRecipe} target={<RecipeChange request={request} onDone={onDone} />} />;
}

/** Show what taking an application back would change; from there it is done. */
export function RevertRecipeAction({ application, onDone }: { application: ApplicationRow; onDone: () => void }) {
  const request = { command: "revert", target: String(application.id), flags: {} } as const;
  return <Action.Push {...ACTIONS.revertRecipe} target={<RecipeChange request={request} onDone={onDone} />} />;
}

/** Stop the active run after a confirmation and wait until the provider is back. */
export function CancelRunAction({ runId, onDone }: { runId: string; onDone: () => void }) {
  const cancel = async () => {
    if (await cancelTuning(runId)) onDone();
  };
  return <Action {...ACTIONS.cancelTuning} onAction={() => void cancel()} />;
}
