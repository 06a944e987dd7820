// Every candidate of a run with its verdict: the measured value and the limit. Source: contract §7, §14.
import { Action, ActionPanel, Icon, Keyboard, List } from "@raycast/api";
import { candidateVerdicts, type CandidateVerdict } from "../../../worker/core/runs/candidate-verdicts.ts";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import { plain } from "../../lib/ui/run-plain.ts";
import { readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import { VERDICT_TAGS } from "../../lib/runs/run-tables.ts";
import { candidateFacts } from "../../lib/runs/trial-facts.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { FactsMetadata } from "./RunDetailMetadata.tsx";
import { RunLogView } from "./RunViewLog.tsx";

export function CandidateList({ runId }: { runId: string }) {
  const { data, problem, isLoading, revalidate } = useRunDatabase(readRun, [runId], isActive);
  const candidates = data ? candidateVerdicts(data.summary.run, data.summary.result, data.trials) : [];
  const gateMs = data?.summary.run.gate_ttft_ms ?? null;
  return (
    <List
      isLoading={isLoading}
      isShowingDetail={candidates.length > 0}
      navigationTitle={`Candidates of Run ${shortId(runId)}`}
      filtering
      searchBarPlaceholder="Search models"
    >
      {problem === null ? null : <ProblemView problem={problem} onRetry={revalidate} />}
      {data === undefined || candidates.length > 0 ? null : (
        <List.EmptyView
          icon={Icon.BulletPoints}
          {...(isActive(data) ? NONE_YET : NONE)}
          actions={
            <ActionPanel>
              <Action.Push title="Show Log" icon={Icon.Terminal} target={<RunLogView runId={runId} />} />
              <LaunchAction title="Find Best Recipe" command="find-best-recipe" icon={Icon.Gauge} />
            </ActionPanel>
          }
        />
      )}
      {candidates.map((one) => (
        <CandidateItem key={one.model} candidate={one} gateMs={gateMs} />
      ))}
    </List>
  );
}

const NONE_YET = { title: "No candidate is known yet", description: "The run is still reading its list." };
const NONE = {
  title: "No candidate is known",
  description: "The run ended before it had a list. Its log says why.",
};

const isActive = (details: RunDetails | null): boolean => details?.summary.active != null;

function CandidateItem({ candidate, gateMs }: { candidate: CandidateVerdict; gateMs: number | null }) {
  const { rank, model, verdict, reason } = candidate;
  const tag = VERDICT_TAGS[verdict];
  const why = reason ?? `${tag.text.toLowerCase()}.`;
  return (
    <List.Item
      id={model}
      icon={verdict === "chosen" ? icon("good", Icon.Star) : icon(tag.meaning)}
      title={shortModel(model)}
      keywords={[model]}
      accessories={[{ tag: { value: tag.text, color: COLORS[tag.meaning] } }]}
      detail={
        <List.Item.Detail
          markdown={`### ${rank === null ? "" : `${rank}. `}${plain(model)}\n\n${plain(why)}`}
          metadata={<FactsMetadata place="list" facts={candidateFacts(candidate, gateMs)} />}
        />
      }
      actions={
        <ActionPanel>
          <Action.CopyToClipboard title="Copy Model ID" content={model} shortcut={Keyboard.Shortcut.Common.CopyName} />
          <Action.CopyToClipboard title="Copy Reason" content={why} shortcut={Keyboard.Shortcut.Common.Copy} />
        </ActionPanel>
      }
    />
  );
}
