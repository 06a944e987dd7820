// What can be done with a recipe in Current Recipe: apply or take back first, then look, copy, open, tune again.
// Source: contract §14.
import { Action, ActionPanel, Icon, Keyboard, launchCommand, LaunchType } from "@raycast/api";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import { saysOtherwise, type Seen } from "../../lib/recipe/config-seen.ts";
import type { RunLaunchContext } from "../../lib/worker/deep-link.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { recipeJson } from "../../lib/recipe/recipe-json.ts";
import type { Measured } from "../../lib/recipe/recipe-reading.ts";
import { LaunchAction } from "../ui/ProblemView.tsx";
import { ApplyRecipeAction, RevertRecipeAction } from "./recipe-actions.tsx";

interface RecipeItemActionsProps {
  application: ApplicationRow | null;
  /** What its config was seen to hold; null = not looked at, or not in force. */
  config: Seen | null;
  measured: Measured | null;
  onDone: () => void;
}

export function RecipeItemActions({ application, config, measured, onDone }: RecipeItemActionsProps) {
  const runId = application?.run_id ?? measured?.run.run_id;
  const apply = measured === null ? null : <ApplyRecipeAction run={measured.run} onDone={onDone} />;
  const inForce = application?.is_current === true;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {inForce && (application.state === "unverified" || saysOtherwise(config)) ? apply : null}
        {inForce ? <RevertRecipeAction application={application} onDone={onDone} /> : apply}
        {runId === undefined ? null : <ShowRunAction runId={runId} />}
        <LaunchAction title="Tune Again" command="find-best-recipe" icon={Icon.Gauge} />
      </ActionPanel.Section>
      {measured === null ? null : <CopyActions measured={measured} />}
      {application === null ? null : <FileActions application={application} />}
      <ActionPanel.Section>
        <Action
          title="Refresh"
          icon={Icon.RotateClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={onDone}
        />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

function ShowRunAction({ runId }: { runId: string }) {
  const context: RunLaunchContext = { runId };
  const show = () => launchCommand({ name: "tuning-runs", type: LaunchType.UserInitiated, context: { ...context } });
  return (
    <Action
      title="Show Run"
      icon={Icon.List}
      shortcut={Keyboard.Shortcut.Common.Open}
      onAction={() => void show().catch((error: unknown) => showFailure("The run cannot be shown", error))}
    />
  );
}

function CopyActions({ measured: { run, recipe } }: { measured: Measured }) {
  return (
    <ActionPanel.Section title="Copy">
      <Action.CopyToClipboard
        title="Copy Serve Command"
        content={recipe.serve_command}
        shortcut={Keyboard.Shortcut.Common.Copy}
      />
      <Action.CopyToClipboard
        title="Copy Recipe as JSON"
        icon={Icon.CodeBlock}
        content={recipeJson(recipe)}
        shortcut={{ modifiers: ["cmd", "shift"], key: "j" }}
      />
      {run.recipe_hash === null ? null : (
        <Action.CopyToClipboard
          title="Copy Hash"
          icon={Icon.Hashtag}
          content={run.recipe_hash}
          shortcut={{ modifiers: ["cmd", "shift"], key: "h" }}
        />
      )}
    </ActionPanel.Section>
  );
}

function FileActions({ application: { config_path, backup_path } }: { application: ApplicationRow }) {
  return (
    <ActionPanel.Section title="Files">
      <Action.Open
        title="Open Config"
        icon={Icon.Document}
        target={config_path}
        shortcut={Keyboard.Shortcut.Common.OpenWith}
      />
      {backup_path === null ? null : (
        <Action.ShowInFinder
          title="Show Backup in Finder"
          path={backup_path}
          shortcut={{ modifiers: ["cmd", "shift"], key: "f" }}
        />
      )}
    </ActionPanel.Section>
  );
}
