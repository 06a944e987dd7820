// A change of a config before it is made: the diff, what is restarted, or why it is refused and what can be chosen then.
// Source: contract §12 (shown before it is done: a diff).
import { Action, ActionPanel, Detail, Icon, useNavigation } from "@raycast/api";
import { ACTIONS, type ActionLook } from "../ui/actions.ts";
import { usePromise } from "@raycast/utils";
import { useState } from "react";
import { planChange, type ChangeFlags, type ChangeRequest } from "../../lib/change/change-call.ts";
import { asked, confirmed } from "../../lib/change/change-command.ts";
import { hasWork, isChange, type Change, type NothingToDo } from "../../lib/change/change-document.ts";
import { choicesOf, openChoices, questionOf, withChoice, type Choice } from "../../lib/change/change-refusal.ts";
import { changeMarkdown, refusalMarkdown, REFUSED } from "../../lib/change/change-text.ts";
import { carryOutTold } from "../../lib/change/change-toast.ts";
import { failureLog } from "../../lib/ui/failure-toast.ts";
import { WorkerError } from "../../lib/worker/worker-error.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { shown } from "../../../worker/core/text/markdown.ts";
import { DiffFacts } from "./DiffFacts.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";

/** Shows the diff of `request` and carries it out once confirmed. `onDone` is called when the worker has answered. */
export function RecipeChange({ request: first, onDone }: { request: ChangeRequest; onDone: () => void }) {
  const { pop } = useNavigation();
  const [flags, setFlags] = useState<ChangeFlags>(first.flags);
  const [isWorking, setIsWorking] = useState(false);
  const request = { ...first, flags };
  const choose = ({ flag }: Pick<Choice, "flag">) => setFlags(withChoice(flags, flag));
  /** null = the user has answered: it goes on with another request, or not at all. */
  const planAsking = async (wanted: ChangeRequest): Promise<Change | NothingToDo | null> => {
    try {
      return await planChange(wanted);
    } catch (error) {
      const question = questionOf(error, wanted);
      if (question === null) throw error;
      if (await asked(question)) choose(question);
      else pop();
      return null;
    }
  };
  const plan = usePromise(planAsking, [request], { onError: () => undefined });
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
  if (plan.error !== undefined)
    return <RefusedChange {...{ request, isLoading, lookAgain, choose }} error={plan.error} />;
  const act = request.command === "apply" ? ACTIONS.applyNow : ACTIONS.revertNow;
  return (
    <Detail
      isLoading={isLoading || plan.data == null}
      navigationTitle={act.title}
      markdown={shown(plan.data ? changeMarkdown(plan.data) : null)}
      metadata={plan.data && isChange(plan.data) ? <DiffFacts change={plan.data} /> : null}
      actions={
        plan.data ? <ChangeActions {...{ lookAgain, make, choose, isLoading, act }} planned={plan.data} /> : null
      }
    />
  );
}

interface ChangeActionsProps {
  planned: Change | NothingToDo;
  act: ActionLook;
  isLoading: boolean;
  make: (planned: Change) => Promise<void>;
  choose: (choice: Choice) => void;
  lookAgain: () => void;
}

function ChangeActions({ planned, act, isLoading, make, choose, lookAgain }: ChangeActionsProps) {
  return (
    <ActionPanel>
      {hasWork(planned) && !isLoading ? <Action {...act} onAction={() => void make(planned)} /> : null}
      <Action {...ACTIONS.lookAgain} onAction={lookAgain} />
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
          <Action.Open {...ACTIONS.openConfig} target={config.path} />
          <Action.ShowInFinder {...ACTIONS.showConfigInFinder} path={config.path} />
        </>
      )}
      <Action.CopyToClipboard {...ACTIONS.copyConfigPath} content={config.path} />
      <Action.CopyToClipboard {...ACTIONS.copyRunId} content={run_id} />
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
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={REFUSED[request.command]}
      markdown={shown(refusalMarkdown(request.command, errorText(error), remedy, choices))}
      actions={
        <ActionPanel>
          {choiceActions(choices, choose)}
          <Action {...ACTIONS.lookAgain} onAction={lookAgain} />
          <Action.CopyToClipboard {...ACTIONS.copyLog} content={failureLog(error)} />
          <LaunchAction {...ACTIONS.openDoctor} command="autotune-doctor" />
        </ActionPanel>
      }
    />
  );
}
