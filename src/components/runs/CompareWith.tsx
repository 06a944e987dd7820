// Choose a second run, then see both side by side: was, now, and whether the change is more than noise. Source: contract §3, §14.
import { Action, ActionPanel, Detail, Icon, Keyboard, List } from "@raycast/api";
import { comparisonText } from "../../../worker/core/runs/comparison-text.ts";
import { useDatabase } from "../../hooks/use-database.ts";
import { COLORS } from "../../lib/ui/palette.ts";
import { comparisonMarkdown } from "../../lib/runs/run-comparison.ts";
import { readComparison, readRunList } from "../../lib/runs/run-reading.ts";
import { keywordsOf, tagsOf, titleOf, type RunSummary } from "../../lib/runs/run-summary.ts";
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
              <LaunchAction title="Find Best Recipe" command="find-best-recipe" icon={Icon.Gauge} />
            </ActionPanel>
          }
        />
      )}
      {others.map((other) => {
        const [was, now] = inOrder(other).map(({ run }) => run.run_id);
        return (
          <List.Item
            key={other.run.run_id}
            id={other.run.run_id}
            title={titleOf(other)}
            subtitle={dateText(other.run.started_at_utc) ?? ""}
            keywords={keywordsOf(other)}
            accessories={tagsOf(other).map(({ text, meaning }) => ({ tag: { value: text, color: COLORS[meaning] } }))}
            actions={
              <ActionPanel>
                <Action.Push
                  title="Compare"
                  icon={Icon.Switch}
                  target={<Comparison wasId={was ?? ""} nowId={now ?? ""} />}
                />
              </ActionPanel>
            }
          />
        );
      })}
    </List>
  );
}

function Comparison({ wasId, nowId }: { wasId: string; nowId: string }) {
  const { data, problem, isLoading } = useDatabase(readComparison, [wasId, nowId], null);
  const gone = problem?.message ?? (data === null ? "One of the two runs is not there any more." : null);
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={`${shortId(wasId)} and ${shortId(nowId)}`}
      markdown={gone !== null ? `## ${gone}` : data ? comparisonMarkdown(data) : ""}
      actions={
        data ? (
          <ActionPanel>
            <Action.CopyToClipboard
              title="Copy Comparison"
              content={comparisonText(data)}
              shortcut={Keyboard.Shortcut.Common.Copy}
            />
            <Action.CopyToClipboard
              title="Copy Comparison as JSON"
              content={JSON.stringify(data, null, 2)}
              shortcut={{ modifiers: ["cmd", "shift"], key: "j" }}
            />
          </ActionPanel>
        ) : null
      }
    />
  );
}
