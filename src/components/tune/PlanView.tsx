// The whole plan: what a run with these settings would do, and what is in its way. Source: contract §14, §3 (plan).
import { Action, ActionPanel, Detail } from "@raycast/api";
import { useState } from "react";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { ACTIONS } from "../ui/actions.ts";
import { mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { usePlan } from "../../hooks/use-plan.ts";
import { failureLog, failureMarkdown } from "../../lib/ui/failure-toast.ts";
import { planMarkdown } from "../../lib/tune/plan-text.ts";
import { MissingProviderActions } from "./MissingProviderActions.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";

interface PlanViewProps {
  flags: readonly string[];
  drain: boolean;
  /** As the form starts, with its questions. */
  onStart: (plan: PlanReport | null) => Promise<void>;
}

export function PlanView({ flags, drain, onStart }: PlanViewProps) {
  const { plan, error, isLoading, refresh } = usePlan(flags);
  const [isStarting, setStarting] = useState(false);
  const start = async () => {
    setStarting(true);
    await onStart(plan);
    setStarting(false);
  };
  const log = error === null ? null : failureLog(error);
  return (
    <Detail
      navigationTitle="Plan"
      isLoading={isLoading || isStarting}
      markdown={shown(plan === null ? waitingText(error) : planMarkdown(plan, drain))}
      actions={
        <ActionPanel>
          <Action {...ACTIONS.startTuning} onAction={() => void start()} />
          <Action {...ACTIONS.refreshPlan} onAction={refresh} />
          {plan === null ? null : (
            <Action.CopyToClipboard {...ACTIONS.copyPlanJson} content={JSON.stringify(plan, null, 2)} />
          )}
          {log === null ? null : <Action.CopyToClipboard {...ACTIONS.copyLog} content={log} />}
          <MissingProviderActions plan={plan} />
          <LaunchAction {...ACTIONS.openDoctor} command="autotune-doctor" />
        </ActionPanel>
      }
    />
  );
}

function waitingText(error: unknown): Markdown {
  if (error === null) return mark`Looking at the models and this Mac …`;
  return page(mark`# A run could not start`, failureMarkdown(error));
}
