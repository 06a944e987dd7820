// What of a run goes to the clipboard. Source: contract §14 (copy serve command / JSON / hash).
import { Action, ActionPanel, Keyboard } from "@raycast/api";
import { recipeJson } from "../../lib/recipe/recipe-json.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";

export function CopyActions({ summary: { run, recipe } }: { summary: RunSummary }) {
  return (
    <ActionPanel.Section title="Copy">
      {recipe === null ? null : (
        <>
          <Action.CopyToClipboard
            title="Copy Serve Command"
            shortcut={Keyboard.Shortcut.Common.Copy}
            content={recipe.serve_command}
          />
          <Action.CopyToClipboard
            title="Copy Recipe as JSON"
            shortcut={{ modifiers: ["cmd", "shift"], key: "j" }}
            content={recipeJson(recipe)}
          />
        </>
      )}
      {run.recipe_hash === null ? null : (
        <Action.CopyToClipboard
          title="Copy Recipe Hash"
          shortcut={{ modifiers: ["cmd", "shift"], key: "h" }}
          content={run.recipe_hash}
        />
      )}
      <Action.CopyToClipboard title="Copy Run ID" shortcut={Keyboard.Shortcut.Common.CopyName} content={run.run_id} />
    </ActionPanel.Section>
  );
}
