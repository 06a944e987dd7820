// What of a run goes to the clipboard, and the run as a file, in one submenu.
import { Action, ActionPanel } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { recipeJson } from "../../lib/recipe/recipe-json.ts";
import { exportRun } from "../../lib/runs/run-files.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";

export function CopyMenu({ summary: { run, recipe } }: { summary: Pick<RunSummary, "run" | "recipe"> }) {
  return (
    <ActionPanel.Submenu {...ACTIONS.copyMenu}>
      {recipe === null ? null : (
        <>
          <Action.CopyToClipboard {...ACTIONS.copyServeCommand} content={recipe.serve_command} />
          <Action.CopyToClipboard {...ACTIONS.copyRecipeJson} content={recipeJson(recipe)} />
        </>
      )}
      {run.recipe_hash === null ? null : (
        <Action.CopyToClipboard {...ACTIONS.copyRecipeHash} content={run.recipe_hash} />
      )}
      <Action.CopyToClipboard {...ACTIONS.copyRunId} content={run.run_id} />
      {run.state === "active" ? null : <Action {...ACTIONS.exportRun} onAction={() => void exportRun(run.run_id)} />}
    </ActionPanel.Submenu>
  );
}
