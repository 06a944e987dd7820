// The whole plan: what a run with these settings would do, and what is in its way. Source: contract §14, §3 (plan).
import { Action, ActionPanel, Detail, Icon, Keyboard } from "@raycast/api";
import { usePlan } from "../../hooks/use-plan.ts";
import { failureLog, failureMessage } from "../../lib/ui/failure-toast.ts";
import { planMarkdown } from "../../lib/tune/plan-text.ts";
import { LaunchAction } from "../ui/ProblemView.tsx";

export function PlanView({ flags, drain }: { flags: readonly string[]; drain: boolean }) {
  const { plan, error, isLoading, refresh } = usePlan(flags);
  const log = error === null ? null : failureLog(error);
  return (
    <Detail
      navigationTitle="Plan"
      isLoading={isLoading}
      markdown={plan === null ? waitingText(error) : planMarkdown(plan, drain)}
      actions={
        <ActionPanel>
          {plan === null ? null : (
            <Action.CopyToClipboard
              title="Copy Plan as JSON"
              content={JSON.stringify(plan, null, 2)}
              shortcut={Keyboard.Shortcut.Common.Copy}
            />
          )}
          {log === null ? null : (
            <Action.CopyToClipboard title="Copy Log" content={log} shortcut={Keyboard.Shortcut.Common.Copy} />
          )}
          <Action
            title="Refresh Plan"
            icon={Icon.RotateClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={refresh}
          />
          <LaunchAction title="Open Doctor" command="autotune-doctor" icon={Icon.Heartbeat} />
        </ActionPanel>
      }
    />
  );
}

function waitingText(error: unknown): string {
  if (error === null) return "Looking at the models and this Mac …";
  return `# A run could not start\n\n${failureMessage(error)}\n\n\`\`\`\n${failureLog(error)}\n\`\`\``;
}
