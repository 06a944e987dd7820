// What a view shows instead of data: why there is none, and the next step. Source: contract §14.
import {
  Action,
  ActionPanel,
  Icon,
  Keyboard,
  launchCommand,
  LaunchType,
  List,
  openExtensionPreferences,
} from "@raycast/api";
import type { DatabaseProblem } from "../../lib/database/database.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { MigrateAction } from "./RunListMigrate.tsx";

/** An empty view for a database that cannot be read, or is not there yet. */
export function ProblemView({ problem, onRetry }: { problem: DatabaseProblem; onRetry: () => void }) {
  const missing = problem.kind === "missing";
  return (
    <List.EmptyView
      icon={missing ? Icon.Gauge : Icon.Warning}
      title={problem.message}
      description={problem.remedy}
      actions={
        <ActionPanel>
          {missing ? <LaunchAction title="Find Best Recipe" command="find-best-recipe" icon={Icon.Gauge} /> : null}
          {problem.kind === "older" ? <MigrateAction onDone={onRetry} /> : null}
          <LaunchAction title="Open Autotune Doctor" command="autotune-doctor" icon={Icon.Heartbeat} />
          <Action
            title="Open Extension Preferences"
            icon={Icon.Gear}
            onAction={() => void openExtensionPreferences()}
          />
          <Action
            title="Try Again"
            icon={Icon.RotateClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={onRetry}
          />
        </ActionPanel>
      }
    />
  );
}

/** The same keys in every view. */
const SHORTCUTS: Record<string, Keyboard.Shortcut> = {
  "find-best-recipe": Keyboard.Shortcut.Common.New,
  "autotune-doctor": { modifiers: ["cmd", "shift"], key: "d" },
};

/** Go to another command of this extension. */
export function LaunchAction({ title, command, icon }: { title: string; command: string; icon: Icon }) {
  const launch = () => launchCommand({ name: command, type: LaunchType.UserInitiated });
  const shortcut = SHORTCUTS[command];
  return (
    <Action
      title={title}
      icon={icon}
      {...(shortcut === undefined ? {} : { shortcut })}
      onAction={() => void launch().catch((error: unknown) => showFailure(title, error))}
    />
  );
}
