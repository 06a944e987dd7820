// What a view shows instead of data: why there is none, and the next step.
import { Action, ActionPanel, Icon, launchCommand, LaunchType, List, openExtensionPreferences } from "@raycast/api";
import { ACTIONS, type ActionLook } from "./actions.ts";
import type { DatabaseProblem } from "../../lib/database/database-problem.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { inRaycast } from "../../lib/ui/raycast-words.ts";
import { MigrateAction } from "./RunListMigrate.tsx";

/** An empty view for a database that cannot be read, or is not there yet. */
export function ProblemView({ problem, onRetry }: { problem: DatabaseProblem; onRetry: () => void }) {
  const missing = problem.kind === "missing";
  return (
    <List.EmptyView
      icon={missing && !problem.preferences ? Icon.Gauge : Icon.Warning}
      title={inRaycast(problem.message)}
      description={inRaycast(problem.remedy)}
      actions={
        <ActionPanel>
          {problem.preferences ? <PreferencesAction /> : null}
          {missing ? <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" /> : null}
          {problem.kind === "older" ? <MigrateAction onDone={onRetry} /> : null}
          <LaunchAction {...ACTIONS.openDoctor} command="autotune-doctor" />
          {problem.preferences ? null : <PreferencesAction />}
          <Action {...ACTIONS.tryAgain} onAction={onRetry} />
        </ActionPanel>
      }
    />
  );
}

export const PreferencesAction = () => (
  <Action {...ACTIONS.openPreferences} onAction={() => void openExtensionPreferences()} />
);

interface LaunchProps extends ActionLook {
  command: string;
  context?: Record<string, string>;
}

/** Go to another command of this extension. */
export function LaunchAction({ command, context = {}, ...look }: LaunchProps) {
  const launch = () => launchCommand({ name: command, type: LaunchType.UserInitiated, context });
  return <Action {...look} onAction={() => void launch().catch((error: unknown) => showFailure(look.title, error))} />;
}
