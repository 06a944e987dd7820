// What can be done with a run, in one panel for the list and the run view. Source: contract §14 (actions of Tuning Runs).
import { Action, ActionPanel, Icon, Keyboard } from "@raycast/api";
import type { ReactNode } from "react";
import { saysOtherwise } from "../../lib/recipe/config-seen.ts";
import { deleteRun } from "../../lib/runs/run-delete.ts";
import { exportRun, openReport } from "../../lib/runs/run-files.ts";
import { workerLog } from "../../lib/runs/run-log.ts";
import type { RunDetails } from "../../lib/runs/run-reading.ts";
import { resumeRun } from "../../lib/runs/run-resume.ts";
import { isResumable } from "../../lib/runs/run-resume-flags.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";
import { CandidateList } from "./CandidateList.tsx";
import { CompareWith } from "./CompareWith.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";
import { CopyActions } from "./RunActionsCopy.tsx";
import { RunLogView } from "./RunViewLog.tsx";
import { TrialList } from "./TrialList.tsx";
import { ApplyRecipeAction, CancelRunAction, RevertRecipeAction } from "../recipe/recipe-actions.tsx";

interface Props {
  summary: RunSummary;
  /** null where only the row is read. */
  details: RunDetails | null;
  /** Something was changed: look again. */
  onChange: () => void;
  /** Comes first: how to get to the run. */
  first?: ReactNode;
  /** Stands with the view's own actions. */
  more?: ReactNode;
}

export function RunActions({ summary, details, onChange, first, more }: Props) {
  const { run } = summary;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {first}
        <ChangeActions summary={summary} visits={details?.visits ?? run.trials_n} onChange={onChange} />
      </ActionPanel.Section>
      <LookActions summary={summary} />
      <CopyActions summary={summary} />
      <FileActions summary={summary} onChange={onChange} />
      <ActionPanel.Section>
        <GeneralActions onRefresh={onChange} />
        {more}
      </ActionPanel.Section>
    </ActionPanel>
  );
}

/** Actions that need no run. */
export function GeneralActions({ onRefresh }: { onRefresh: () => void }) {
  return (
    <>
      <LaunchAction title="Find Best Recipe" command="find-best-recipe" icon={Icon.Gauge} />
      <Action
        title="Refresh"
        icon={Icon.RotateClockwise}
        shortcut={Keyboard.Shortcut.Common.Refresh}
        onAction={onRefresh}
      />
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
      {isResumable(run, visits) ? (
        <Action
          title="Resume Tuning"
          icon={Icon.Play}
          shortcut={{ modifiers: ["cmd", "shift"], key: "r" }}
          onAction={() => void resumeRun(run)}
        />
      ) : null}
    </>
  );
}

function LookActions({ summary }: { summary: RunSummary }) {
  const { run } = summary;
  return (
    <ActionPanel.Section title="Look Closer">
      <Action.Push
        title="Show Trials"
        icon={Icon.BarChart}
        shortcut={{ modifiers: ["cmd"], key: "t" }}
        target={<TrialList runId={run.run_id} />}
      />
      <Action.Push
        title="Show Candidates"
        icon={Icon.BulletPoints}
        shortcut={{ modifiers: ["cmd", "shift"], key: "t" }}
        target={<CandidateList runId={run.run_id} />}
      />
      <Action.Push
        title="Show Log"
        icon={Icon.Terminal}
        shortcut={{ modifiers: ["cmd"], key: "l" }}
        target={<RunLogView runId={run.run_id} />}
      />
      {run.state === "active" ? null : (
        <Action.Push
          title="Compare with…"
          icon={Icon.Switch}
          shortcut={{ modifiers: ["cmd", "shift"], key: "m" }}
          target={<CompareWith summary={summary} />}
        />
      )}
      <Action
        title="Open Report"
        icon={Icon.Document}
        shortcut={Keyboard.Shortcut.Common.Open}
        onAction={() => void openReport(run.run_id)}
      />
    </ActionPanel.Section>
  );
}

function FileActions({ summary, onChange }: { summary: RunSummary; onChange: () => void }) {
  const { run } = summary;
  const log = workerLog(run.run_id);
  const remove = async () => {
    if (await deleteRun(summary)) onChange();
  };
  return (
    <ActionPanel.Section>
      {log !== null ? (
        <Action.Open
          title="Open Worker Log"
          icon={Icon.Text}
          shortcut={Keyboard.Shortcut.Common.OpenWith}
          target={log.path}
        />
      ) : null}
      {run.state === "active" ? null : (
        <>
          <Action
            title="Export Run"
            icon={Icon.SaveDocument}
            shortcut={Keyboard.Shortcut.Common.Save}
            onAction={() => void exportRun(run.run_id)}
          />
          <Action
            title="Delete Run…"
            icon={Icon.Trash}
            style={Action.Style.Destructive}
            shortcut={Keyboard.Shortcut.Common.Remove}
            onAction={() => void remove()}
          />
        </>
      )}
    </ActionPanel.Section>
  );
}
