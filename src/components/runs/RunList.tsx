// All runs by state, newest first, with the chosen one's detail; what is out of service comes first, in red. Source: contract §14.
import { ActionPanel, Icon, List } from "@raycast/api";
import { useState } from "react";
import { useConfigsNow } from "../../hooks/use-config-now.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { useAbandonedRestore } from "../../hooks/use-run-restore.ts";
import { useSubtitle } from "../../hooks/use-run-subtitle.ts";
import { readRunList, type RunList as Runs } from "../../lib/runs/run-reading.ts";
import { datedSubtitle, recipeSubtitle } from "../../lib/runs/run-subtitle.ts";
import { SECTIONS, sectionOf } from "../../lib/runs/run-summary.ts";
import { ProblemView } from "../ui/ProblemView.tsx";
import { GeneralActions } from "./RunActions.tsx";
import { RunItem } from "./RunItem.tsx";
import { AlarmItem } from "./RunItemAlarm.tsx";
import { withConfig } from "../../lib/runs/run-config.ts";

export function RunList() {
  const { data: read, problem, isLoading, revalidate } = useRunDatabase(readRunList, [], isActive);
  const { data, askAgain } = useRunsWithConfig(read);
  const lookAgain = () => {
    revalidate();
    askAgain();
  };
  useSubtitle(data && subtitleOf(data));
  useAbandonedRestore(data?.alarms);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isShowingDetail, setShowingDetail] = useState(true);
  const toggle = () => setShowingDetail((shown) => !shown);
  const isEmpty = data !== undefined && data.runs.length + data.alarms.length === 0;
  return (
    <List
      isLoading={isLoading}
      isShowingDetail={isShowingDetail && data !== undefined && !isEmpty}
      onSelectionChange={setChosen}
      filtering
      searchBarPlaceholder="Search models, tags, knobs, run ids"
    >
      {problem === null ? null : <ProblemView problem={problem} onRetry={revalidate} />}
      {isEmpty ? <NoRuns onRefresh={lookAgain} /> : null}
      {data === undefined ? null : (
        <Sections data={data} chosen={chosen} view={{ isShowingDetail, onToggleDetail: toggle, onChange: lookAgain }} />
      )}
    </List>
  );
}

/** The runs, with what the configs of their recipes hold once that was looked at. */
function useRunsWithConfig(data: Runs | undefined): { data: Runs | undefined; askAgain: () => void } {
  const applications = (data?.runs ?? []).flatMap(({ application }) => (application === null ? [] : [application]));
  const { looks, answers, askAgain } = useConfigsNow(applications, data?.nowMs ?? 0);
  const runs = data?.runs.map((summary) => withConfig(summary, looks, answers)) ?? [];
  return { data: data && { ...data, runs }, askAgain };
}

const isActive = ({ active, alarms }: Runs): boolean => active !== null || alarms.length > 0;

const subtitleOf = ({ active, runs, nowMs }: Runs): string | null =>
  active === null ? recipeSubtitle(runs) : datedSubtitle(active, nowMs);

interface SectionsProps {
  data: Runs;
  chosen: string | null;
  view: { isShowingDetail: boolean; onToggleDetail: () => void; onChange: () => void };
}

function Sections({ data, chosen, view }: SectionsProps) {
  const groups = SECTIONS.map(({ id, title }) => ({ title, runs: data.runs.filter((one) => sectionOf(one) === id) }));
  const order = [
    ...data.alarms.map(({ id }) => id),
    ...groups.flatMap(({ runs }) => runs.map(({ run }) => run.run_id)),
  ];
  // The first row is chosen before Raycast says so.
  const at = Math.max(0, order.indexOf(chosen ?? ""));
  return (
    <>
      <List.Section title="Out of Service">
        {data.alarms.map((alarm) => (
          <AlarmItem key={alarm.id} alarm={alarm} onChange={view.onChange} />
        ))}
      </List.Section>
      {groups.map(({ title, runs }) => (
        <List.Section key={title} title={title} subtitle={runs.length > 1 ? String(runs.length) : ""}>
          {runs.map((summary) => (
            <RunItem
              key={summary.run.run_id}
              summary={summary}
              nowMs={data.nowMs}
              distance={Math.abs(order.indexOf(summary.run.run_id) - at)}
              {...view}
            />
          ))}
        </List.Section>
      ))}
    </>
  );
}

function NoRuns({ onRefresh }: { onRefresh: () => void }) {
  return (
    <List.EmptyView
      icon={Icon.Gauge}
      title="Nothing has been measured yet"
      description="Find Best Recipe measures which model this Mac should serve, and with which knobs."
      actions={
        <ActionPanel>
          <GeneralActions onRefresh={onRefresh} />
        </ActionPanel>
      }
    />
  );
}
