// Choose a second run, then see both side by side: was, now, and whether the change is more than noise.
import { Action, ActionPanel, Detail, Icon, List } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { comparisonText } from "../../../worker/core/compare/comparison-text.ts";
import { mark, shown } from "../../../worker/core/text/markdown.ts";
import { useDatabase } from "../../hooks/use-database.ts";
import { COLORS } from "../../lib/ui/palette.ts";
import { comparisonMarkdown } from "../../lib/runs/run-comparison.ts";
import { readComparison, readRunList } from "../../lib/runs/run-reading.ts";
import { keywordsOf, SECTIONS, sectionOf, tagsOf, titleOf, type RunSummary } from "../../lib/runs/run-summary.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { shortId } from "../../../worker/core/units.ts";
import { dateText } from "../../lib/ui/date-text.ts";

export function CompareWith({ summary }: { summary: RunSummary }) {
  const { data, problem, isLoading, revalidate } = useDatabase(readRunList, [], null);
  const runs = data?.runs ?? [];
  const others = runs.filter(({ run }) => run.run_id !== summary.run.run_id && run.state !== "active");
  // Newest first: what stands further down was earlier.
  const rank = ({ run }: RunSummary) => runs.findIndex((one) => one.run.run_id === run.run_id);
  const inOrder = (other: RunSummary) => (rank(other) > rank(summary) ? [other, summary] : [summary, other]);
  return (
    <List
      isLoading={isLoading}
      filtering
      navigationTitle={`Compare ${titleOf(summary)}`}
      searchBarPlaceholder="Compare with…"
    >
      {problem === null ? null : <ProblemView problem={problem} onRetry={revalidate} />}
      {data === undefined || others.length > 0 ? null : (
        <List.EmptyView
          icon={Icon.Switch}
          title="There is no other run"
          description="Two runs are needed to compare. Measure again with Find Best Recipe."
          actions={
            <ActionPanel>
              <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
            </ActionPanel>
          }
        />
      )}
      {SECTIONS.map(({ id, title }) => (
        <List.Section key={id} title={title}>
          {others
            .filter((other) => sectionOf(other) === id)
            .map((other) => (
              <OtherRun key={other.run.run_id} other={other} inOrder={inOrder(other)} />
            ))}
        </List.Section>
      ))}
    </List>
  );
}

/** @param props.inOrder both runs, the earlier one first */
function OtherRun({ other, inOrder }: { other: RunSummary; inOrder: RunSummary[] }) {
  const [was, now] = inOrder.map(({ run }) => run.run_id);
  return (
    <List.Item
      id={other.run.run_id}
      title={titleOf(other)}
      subtitle={dateText(other.run.started_at_utc) ?? ""}
      keywords={keywordsOf(other)}
      accessories={tagsOf(other).map(({ text, meaning }) => ({ tag: { value: text, color: COLORS[meaning] } }))}
      actions={
        <ActionPanel>
          <Action.Push {...ACTIONS.compare} target={<Comparison wasId={was ?? ""} nowId={now ?? ""} />} />
        </ActionPanel>
      }
    />
  );
}

function Comparison({ wasId, nowId }: { wasId: string; nowId: string }) {
  const { data, problem, isLoading } = useDatabase(readComparison, [wasId, nowId], null);
  const gone = problem?.message ?? (data === null ? "One of the two runs is not there any more." : null);
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={`${shortId(wasId)} and ${shortId(nowId)}`}
      markdown={shown(gone !== null ? mark`## ${gone}` : data ? comparisonMarkdown(data) : null)}
      actions={
        data ? (
          <ActionPanel>
            <LaunchAction {...ACTIONS.showRun} command="tuning-runs" context={{ runId: nowId }} />
            <Action.CopyToClipboard {...ACTIONS.copyComparison} content={comparisonText(data)} />
            <Action.CopyToClipboard {...ACTIONS.copyComparisonJson} content={JSON.stringify(data, null, 2)} />
          </ActionPanel>
        ) : null
      }
    />
  );
}
