// One run as a page of its own, live while it goes on: pushed from the list, or opened by a notification's link.
import { ActionPanel, Detail, List } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { useConfigsNow } from "../../hooks/use-config-now.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";
import type { ReactNode } from "react";
import { runFacts } from "../../lib/runs/run-facts.ts";
import { chartLook } from "../../lib/runs/run-look.ts";
import { runMarkdown } from "../../lib/runs/run-markdown.ts";
import { readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { RunPageActions } from "./RunActions.tsx";
import { FactsMetadata } from "./RunDetailMetadata.tsx";
import { mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { shortId } from "../../../worker/core/units.ts";
import { withConfig } from "../../lib/runs/run-config.ts";

interface RunViewProps {
  runId: string;
  /** What is below this view looks again, too. */
  onChange?: () => void;
  /** Offers a comparison with another run; without it there is none. */
  compare?: (summary: RunSummary) => ReactNode;
}

export function RunView({ runId, onChange, compare }: RunViewProps) {
  const { data: read, problem, isLoading, revalidate } = useRunDatabase(readRun, [runId], isActive);
  const { data, askAgain } = useDetailsWithConfig(read);
  const changed = () => {
    revalidate();
    askAgain();
    onChange?.();
  };
  if (problem !== null)
    return (
      <List>
        <ProblemView problem={problem} onRetry={revalidate} />
      </List>
    );
  if (data === null) return <GoneView runId={runId} />;
  return (
    <Detail
      isLoading={isLoading}
      navigationTitle={`Run ${shortId(runId)}`}
      markdown={shown(data === undefined ? null : pageOf(data))}
      metadata={data === undefined ? null : <FactsMetadata place="page" facts={factsOf(data)} />}
      actions={data === undefined ? null : <RunPageActions details={data} onChange={changed} compare={compare} />}
    />
  );
}

/** The run, with what the config of its recipe holds once that was looked at. */
function useDetailsWithConfig<T extends RunDetails | null | undefined>(details: T) {
  const { application } = details?.summary ?? { application: null };
  const { looks, answers, askAgain } = useConfigsNow(application === null ? [] : [application], details?.nowMs ?? 0);
  return { data: details && { ...details, summary: withConfig(details.summary, looks, answers) }, askAgain };
}

const isActive = (details: RunDetails | null): boolean => details?.summary.active != null;

const pageOf = (details: RunDetails): Markdown =>
  runMarkdown(details.summary, details, chartLook("page", details.summary.run.simulated ?? false));

function factsOf({ summary, trials, nowMs }: RunDetails) {
  const kept = trials.find(({ id }) => id === summary.run.kept_trial_id) ?? null;
  return runFacts(summary, kept, nowMs);
}

/** A link outlives its run. */
function GoneView({ runId }: { runId: string }) {
  return (
    <Detail
      navigationTitle={`Run ${shortId(runId)}`}
      markdown={shown(
        page(
          mark`## This run is not there any more`,
          `Run ${runId} was deleted, or had to make room: the newest 50 runs are kept unless set otherwise.`,
        ),
      )}
      actions={
        <ActionPanel>
          <LaunchAction {...ACTIONS.showTuningRuns} command="tuning-runs" />
          <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
        </ActionPanel>
      }
    />
  );
}
