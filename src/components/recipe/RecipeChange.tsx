// A change of a config before it is made: the diff, what is restarted, or why it is refused and what can be chosen then.
// Source: contract §12 (shown before it is done: a diff).
import { Action, ActionPanel, Detail, Icon, Keyboard, useNavigation } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { useState } from "react";
import { planChange, type ChangeFlags, type ChangeRequest } from "../../lib/change/change-call.ts";
import { confirmed } from "../../lib/change/change-command.ts";
import { hasWork, isChange, type Change, type NothingToDo } from "../../lib/change/change-document.ts";
import { choicesOf, openChoices, withChoice, type Choice } from "../../lib/change/change-refusal.ts";
import { changeMarkdown, refusalMarkdown } from "../../lib/change/change-text.ts";
import { carryOutTold } from "../../lib/change/change-toast.ts";
import { failureLog } from "../../lib/ui/failure-toast.ts";
import { WorkerError } from "../../lib/worker/worker-error.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { DiffFacts } from "./DiffFacts.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";

/** Shows the diff of `request` and carries it out once confirmed. `onDone` is called when the worker has answered. */
export function RecipeChange({ request: first, onDone }: { request: ChangeRequest; onDone: () => void }) {
  const { pop } = useNavigation();
  const [flags, setFlags] = useState<ChangeFlags>(first.flags);
  const [isWorking, setIsWorking] = useState(false);
  const request = { ...first, flags };
  const plan = usePromise(planChange, [request], { onError: () => undefined });
  const lookAgain = () => void plan.revalidate();
  const make = async (planned: Change) => {
    setIsWorking(true);
    try {
      if (!(await confirmed(planned))) return;
      const carried = await carryOutTold(request, planned, lookAgain);
      if (carried.state !== "outdated") onDone();
      if (carried.state === "done") pop();
    } finally {
      setIsWorking(false);
    }
  };
  const isLoading = plan.isLoading || isWorking;
  const choose = ({ flag }: Choice) => setFlags(withChoice(flags, flag));
  if (plan.error !== undefined)
    return <RefusedChange {...{ request, isLoading, lookAgain, choose }} error={plan.error} />;
  const title = request.command === "apply" ? "Apply Recipe" : "Revert Recipe";
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={title}
      markdown={plan.data ? changeMarkdown(plan.data) : ""}
      metadata={plan.data && isChange(plan.data) ? <DiffFacts change={plan.data} /> : null}
      actions={
        plan.data ? <ChangeActions {...{ lookAgain, make, choose, isLoading, title }} planned={plan.data} /> : null
      }
    />
  );
}

interface ChangeActionsProps {
  planned: Change | NothingToDo;
  title: string;
  isLoading: boolean;
  make: (planned: Change) => Promise<void>;
  choose: (choice: Choice) => void;
  lookAgain: () => void;
}

function ChangeActions({ planned, title, isLoading, make, choose, lookAgain }: ChangeActionsProps) {
  const style = planned.command === "apply" ? Action.Style.Regular : Action.Style.Destructive;
  return (
    <ActionPanel>
      {hasWork(planned) && !isLoading ? (
        <Action title={title} icon={Icon.CheckCircle} style={style} onAction={() => void make(planned)} />
      ) : null}
      <Action
        title="Look Again"
        icon={Icon.RotateClockwise}
        shortcut={Keyboard.Shortcut.Common.Refresh}
        onAction={lookAgain}
      />
      {isChange(planned) ? choiceActions(openChoices(planned), choose) : null}
      {isChange(planned) ? <FileActions planned={planned} /> : null}
    </ActionPanel>
  );
}

function FileActions({ planned: { config, run_id } }: { planned: Change }) {
  return (
    <>
      {config.sha256 === null ? null : (
        <>
          <Action.Open
            title="Open Config"
            icon={Icon.Document}
            target={config.path}
            shortcut={Keyboard.Shortcut.Common.Open}
          />
          <Action.ShowInFinder
            title="Show Config in Finder"
            path={config.path}
            shortcut={{ modifiers: ["cmd", "shift"], key: "f" }}
          />
        </>
      )}
      <Action.CopyToClipboard
        title="Copy Config Path"
        content={config.path}
        shortcut={Keyboard.Shortcut.Common.CopyPath}
      />
      <Action.CopyToClipboard title="Copy Run ID" content={run_id} shortcut={Keyboard.Shortcut.Common.CopyName} />
    </>
  );
}

const choiceActions = (choices: Choice[], choose: (choice: Choice) => void) =>
  choices.map((choice) => (
    <Action
      key={choice.title}
      title={choice.title}
      icon={choice.isDestructive ? Icon.Warning : Icon.CheckCircle}
      style={choice.isDestructive ? Action.Style.Destructive : Action.Style.Regular}
      onAction={() => choose(choice)}
    />
  ));

interface RefusedProps {
  request: ChangeRequest;
  error: Error;
  isLoading: boolean;
  choose: (choice: Choice) => void;
  lookAgain: () => void;
}

function RefusedChange({ request, error, isLoading, choose, lookAgain }: RefusedProps) {
  const choices = choicesOf(error, request);
  const remedy = error instanceof WorkerError ? error.remedy : null;
  const title = request.command === "apply" ? "Not applied" : "Not taken back";
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={title}
      markdown={refusalMarkdown(title, errorText(error), remedy, choices)}
      actions={
        <ActionPanel>
          {choiceActions(choices, choose)}
          <Action
            title="Look Again"
            icon={Icon.RotateClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={lookAgain}
          />
          <Action.CopyToClipboard
            title="Copy Log"
            content={failureLog(error)}
            shortcut={Keyboard.Shortcut.Common.Copy}
          />
          <LaunchAction title="Open Autotune Doctor" command="autotune-doctor" icon={Icon.Heartbeat} />
        </ActionPanel>
      }
    />
  );
}
