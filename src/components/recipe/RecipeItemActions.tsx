// What can be done with a recipe in Current Recipe: apply or take back first, then look, copy, open, tune again.
import { Action, ActionPanel } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import { saysOtherwise, type Seen } from "../../lib/recipe/config-seen.ts";
import type { RunLaunchContext } from "../../lib/worker/deep-link.ts";
import type { Measured } from "../../lib/recipe/recipe-reading.ts";
import { LaunchAction } from "../ui/ProblemView.tsx";
import { CopyMenu } from "./CopyMenu.tsx";
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
        {runId === undefined ? null : (
          <LaunchAction
            {...ACTIONS.showRun}
            command="tuning-runs"
            context={{ ...({ runId } satisfies RunLaunchContext) }}
          />
        )}
        {inForce && (application.state === "unverified" || saysOtherwise(config)) ? apply : null}
        {inForce ? <RevertRecipeAction application={application} onDone={onDone} /> : apply}
        <LaunchAction {...ACTIONS.tuneAgain} command="find-best-recipe" />
      </ActionPanel.Section>
      <ActionPanel.Section>
        {application === null ? null : <FileActions application={application} />}
        {measured === null ? null : <CopyMenu summary={measured} />}
        <Action {...ACTIONS.refresh} onAction={onDone} />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

function FileActions({ application: { config_path, backup_path } }: { application: ApplicationRow }) {
  return (
    <>
      <Action.Open {...ACTIONS.openConfig} target={config_path} />
      {backup_path === null ? null : <Action.ShowInFinder {...ACTIONS.showBackupInFinder} path={backup_path} />}
    </>
  );
}
