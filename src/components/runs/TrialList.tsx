// Every trial of a run: its figures, and each timed request of the chosen one. Source: contract §2 (run > trial > replicate), §14.
import { Action, ActionPanel, Detail, Icon, List } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { useState } from "react";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { bullets, mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { shortId } from "../../../worker/core/units.ts";
import type { TrialRow } from "../../../worker/core/runs/read-model.ts";
import { trialName } from "../../../worker/core/runs/trial-name.ts";
import { distinctNames } from "../../lib/charts/rows.ts";
import { useDatabase } from "../../hooks/use-database.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import { searchWords } from "../../lib/runs/run-summary.ts";
import { readReplicates, readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import { replicatesTable, verdictOf } from "../../lib/runs/run-tables.ts";
import { briefTrialFacts, trialFacts } from "../../lib/runs/trial-facts.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { FactsMetadata } from "./RunDetailMetadata.tsx";
import { RunLogView } from "./RunViewLog.tsx";
import { inRaycast } from "../../lib/ui/raycast-words.ts";

export function TrialList({ runId }: { runId: string }) {
  const { data, problem, isLoading, revalidate } = useRunDatabase(readRun, [runId], isActive);
  const [chosen, setChosen] = useState<string | null>(null);
  const trials = [...(data?.trials ?? [])].sort((a, b) => b.stage - a.stage || a.id - b.id);
  const selected = trials.find(({ id }) => String(id) === chosen) ?? trials[0];
  const section = (stage: number) => {
    const listed = trials.filter((trial) => trial.stage === stage);
    const names = distinctNames(listed.map(trialName));
    return listed.map((trial, at) => (
      <TrialItem
        key={trial.id}
        trial={trial}
        name={names[at] ?? trialName(trial)}
        chosen={trial === selected}
        onRefresh={revalidate}
      />
    ));
  };
  return (
    <List
      isLoading={isLoading}
      isShowingDetail={trials.length > 0}
      navigationTitle={`Trials of Run ${shortId(runId)}`}
      onSelectionChange={setChosen}
      filtering
      searchBarPlaceholder="Search cells and models"
    >
      {problem === null ? null : <ProblemView problem={problem} onRetry={revalidate} />}
      {data === undefined || trials.length > 0 ? null : (
        <List.EmptyView
          icon={Icon.BarChart}
          {...(isActive(data) ? NOTHING_YET : NOTHING)}
          actions={
            <ActionPanel>
              <Action.Push {...ACTIONS.showLog} target={<RunLogView runId={runId} />} />
              <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
            </ActionPanel>
          }
        />
      )}
      <List.Section title="Stage 2: Cells">{section(2)}</List.Section>
      <List.Section title="Stage 1: Candidates">{section(1)}</List.Section>
    </List>
  );
}

const NOTHING_YET = { title: "Nothing has been measured yet", description: "The run has only just begun." };
const NOTHING = {
  title: "Nothing was measured",
  description: "The run ended before its first trial. Its log says why.",
};

const isActive = (details: RunDetails | null): boolean => details?.summary.active != null;

interface ItemProps {
  trial: TrialRow;
  /** What tells it from the other rows; the detail has its full name. */
  name: string;
  chosen: boolean;
  onRefresh: () => void;
}

function TrialItem({ trial, name, chosen, onRefresh }: ItemProps) {
  const meaning = trial.state === "running" ? "active" : trial.fits ? "good" : "bad";
  const figure = trial.fits
    ? FIGURES.tps.text(trial.agg_throughput_tps)
    : trial.state === "running"
      ? "…"
      : "Does Not Fit";
  return (
    <List.Item
      id={String(trial.id)}
      icon={trial.kept ? icon("good", Icon.Star) : icon(meaning)}
      title={name}
      keywords={searchWords([trial.model, trialName(trial), figure])}
      accessories={[{ tag: { value: figure, color: COLORS[trial.kept ? "good" : trial.fits ? "neutral" : meaning] } }]}
      detail={chosen ? <TrialDetail trial={trial} /> : null}
      actions={
        <ActionPanel>
          <Action.Push {...ACTIONS.showTrial} target={<TrialPage trial={trial} />} />
          <Action.CopyToClipboard {...ACTIONS.copyTrialJson} content={JSON.stringify(trial, null, 2)} />
          <Action {...ACTIONS.refresh} onAction={onRefresh} />
        </ActionPanel>
      }
    />
  );
}

function TrialDetail({ trial }: { trial: TrialRow }) {
  const markdown = useTrialMarkdown(trial);
  return (
    <List.Item.Detail
      markdown={shown(markdown)}
      metadata={<FactsMetadata place="list" facts={briefTrialFacts(trial)} />}
    />
  );
}

/** All that is known of a trial. */
function TrialPage({ trial }: { trial: TrialRow }) {
  const markdown = useTrialMarkdown(trial);
  return (
    <Detail
      navigationTitle={trialName(trial)}
      markdown={shown(markdown)}
      metadata={<FactsMetadata place="page" facts={trialFacts(trial)} />}
      actions={
        <ActionPanel>
          {trial.run_id === null ? null : (
            <Action.Push {...ACTIONS.showLog} target={<RunLogView runId={trial.run_id} />} />
          )}
          <Action.CopyToClipboard {...ACTIONS.copyTrialJson} content={JSON.stringify(trial, null, 2)} />
        </ActionPanel>
      }
    />
  );
}

function useTrialMarkdown(trial: TrialRow): Markdown {
  // A trial that goes on has new requests after each start, and then another count of them.
  const { data } = useDatabase(readReplicates, [trial.id], trial.state === "running" ? 1000 : null);
  const notes = (trial.notes ?? "").split("\n").filter((line) => line.trim() !== "");
  return page(
    mark`### ${trialName(trial)}`,
    !trial.fits && mark`**${verdictOf(trial)}**`,
    data?.length === 0 ? "No request was timed." : replicatesTable(data ?? []),
    notes.length > 0 && mark`### Notes`,
    bullets(notes.map((line) => inRaycast(line))),
  );
}
