// What can be done with a run: a short panel for the list, the whole for its own page. Source: contract §14 (actions of Tuning Runs).
import { Action, ActionPanel } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import type { ReactNode } from "react";
import { saysOtherwise } from "../../lib/recipe/config-seen.ts";
import { deleteRun } from "../../lib/runs/run-delete.ts";
import { openReport } from "../../lib/runs/run-files.ts";
import type { RunDetails } from "../../lib/runs/run-reading.ts";
import { resumeRun } from "../../lib/runs/run-resume.ts";
import { isResumable } from "../../lib/runs/run-resume-flags.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";
import { CandidateList } from "./CandidateList.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";
import { CopyMenu } from "../recipe/CopyMenu.tsx";
import { RunLogView } from "./RunViewLog.tsx";
import { TrialList } from "./TrialList.tsx";
import { ApplyRecipeAction, CancelRunAction, RevertRecipeAction } from "../recipe/recipe-actions.tsx";

interface Props {
  summary: RunSummary;
  /** Something was changed: look again. */
  onChange: () => void;
}

interface ListProps extends Props {
  compare: ReactNode;
  /** Comes first: how to get to the run. */
  first: ReactNode;
  /** Stands with the view's own actions. */
  more: ReactNode;
}

/** In a list: what is wanted most often. The rest is on the run's own page. */
export function RunRowActions({ summary, onChange, first, more, compare }: ListProps) {
  const { run, recipe } = summary;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {first}
        <ChangeActions summary={summary} visits={run.trials_n} onChange={onChange} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        {recipe === null ? <LogAction run={run} /> : null}
        <ReportAction run={run} />
        {recipe === null ? null : compare}
        <CopyMenu summary={summary} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <DeleteAction summary={summary} onChange={onChange} />
        <Action {...ACTIONS.refresh} onAction={onChange} />
        {more}
      </ActionPanel.Section>
    </ActionPanel>
  );
}

interface PageProps {
  details: RunDetails;
  onChange: () => void;
  compare: ((summary: RunSummary) => ReactNode) | undefined;
}

/** On the run's own page: first what was measured, or why nothing was. */
export function RunPageActions({ details, onChange, compare }: PageProps) {
  const { summary, visits, trials } = details;
  const { run } = summary;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {trials.length > 0 ? <Action.Push {...ACTIONS.showTrials} target={<TrialList runId={run.run_id} />} /> : null}
        <LogAction run={run} />
        <Action.Push {...ACTIONS.showCandidates} target={<CandidateList runId={run.run_id} />} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <ChangeActions summary={summary} visits={visits} onChange={onChange} />
        <ReportAction run={run} />
        {run.state === "active" ? null : compare?.(summary)}
        <CopyMenu summary={summary} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <DeleteAction summary={summary} onChange={onChange} />
        <Action {...ACTIONS.refresh} onAction={onChange} />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

/** Actions that need no run. */
export function GeneralActions({ onRefresh }: { onRefresh: () => void }) {
  return (
    <>
      <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
      <Action {...ACTIONS.refresh} onAction={onRefresh} />
    </>
  );
}

function ChangeActions({ summary, visits, onChange }: { summary: RunSummary; visits: number; onChange: () => void }) {
  const { run, recipe, application, config } = summary;
  const isHere = application !== null && !saysOtherwise(config);
  if (run.state === "active") return <CancelRunAction runId={run.run_id} onDone={onChange} />;
  return (
    <>
      {recipe !== null && !isHere ? <ApplyRecipeAction run={run} onDone={onChange} /> : null}
      {application !== null ? <RevertRecipeAction application={application} onDone={onChange} /> : null}
      {isResumable(run, visits) ? <Action {...ACTIONS.resumeTuning} onAction={() => void resumeRun(run)} /> : null}
    </>
  );
}

const LogAction = ({ run }: Pick<RunSummary, "run">) => (
  <Action.Push {...ACTIONS.showLog} target={<RunLogView runId={run.run_id} />} />
);

const ReportAction = ({ run }: Pick<RunSummary, "run">) => (
  <Action {...ACTIONS.openReport} onAction={() => void openReport(run.run_id)} />
);

function DeleteAction({ summary, onChange }: Props) {
  const remove = async () => {
    if (await deleteRun(summary)) onChange();
  };
  return summary.run.state === "active" ? null : <Action {...ACTIONS.deleteRun} onAction={() => void remove()} />;
}
