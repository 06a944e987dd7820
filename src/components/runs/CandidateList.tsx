// Every candidate of a run with its verdict: the measured value and the limit.
import { Action, ActionPanel, Detail, Icon, List } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { candidateVerdicts, type CandidateVerdict } from "../../../worker/core/runs/candidate-verdicts.ts";
import { mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import { rowModel } from "../../lib/ui/row-title.ts";
import { misfitWord } from "../../lib/ui/misfit-words.ts";
import { readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import { VERDICT_TAGS } from "../../lib/runs/run-tables.ts";
import { briefCandidateFacts, candidateFacts } from "../../lib/runs/trial-facts.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { FactsMetadata } from "./RunDetailMetadata.tsx";
import { RunLogView } from "./RunViewLog.tsx";
import { inRaycast } from "../../lib/ui/raycast-words.ts";

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
              <Action.Push {...ACTIONS.showLog} target={<RunLogView runId={runId} />} />
              <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
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
  const { model, verdict } = candidate;
  const tag = VERDICT_TAGS[verdict];
  return (
    <List.Item
      id={model}
      icon={verdict === "chosen" ? icon("good", Icon.Star) : icon(tag.meaning)}
      title={rowModel(model)}
      keywords={[model, tag.text, ...tag.text.split(" ")]}
      accessories={[{ tag: { value: tag.text, color: COLORS[tag.meaning] } }]}
      detail={
        <List.Item.Detail
          markdown={shown(markdownOf(candidate))}
          metadata={<FactsMetadata place="list" facts={briefCandidateFacts(candidate, gateMs)} />}
        />
      }
      actions={
        <ActionPanel>
          <Action.Push {...ACTIONS.showCandidate} target={<CandidatePage candidate={candidate} gateMs={gateMs} />} />
          <CopyCandidate candidate={candidate} />
        </ActionPanel>
      }
    />
  );
}

/** All that is known of a candidate. */
function CandidatePage({ candidate, gateMs }: { candidate: CandidateVerdict; gateMs: number | null }) {
  return (
    <Detail
      navigationTitle={shortModel(candidate.model)}
      markdown={shown(markdownOf(candidate))}
      metadata={<FactsMetadata place="page" facts={candidateFacts(candidate, gateMs)} />}
      actions={
        <ActionPanel>
          {candidate.trial?.run_id == null ? null : (
            <Action.Push {...ACTIONS.showLog} target={<RunLogView runId={candidate.trial.run_id} />} />
          )}
          <CopyCandidate candidate={candidate} />
        </ActionPanel>
      }
    />
  );
}

const CopyCandidate = ({ candidate }: { candidate: CandidateVerdict }) => (
  <>
    <Action.CopyToClipboard {...ACTIONS.copyModelId} content={candidate.model} />
    <Action.CopyToClipboard {...ACTIONS.copyReason} content={whyOf(candidate)} />
  </>
);

const whyOf = ({ verdict, reason, trial }: CandidateVerdict): string =>
  inRaycast(reason ?? `${misfitWord(trial?.misfit_class ?? null) ?? VERDICT_TAGS[verdict].text}.`);

function markdownOf(candidate: CandidateVerdict): Markdown {
  const { rank, model } = candidate;
  return page(mark`### ${rank !== null && mark`${rank}. `}${model}`, whyOf(candidate));
}
