// One run as a page of its own, live while it goes on: pushed from the list, or opened by a notification's link.
// Source: contract §13, §14.
import { ActionPanel, Detail, Icon, List } from "@raycast/api";
import { useConfigsNow } from "../../hooks/use-config-now.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { runFacts } from "../../lib/runs/run-facts.ts";
import { chartLook } from "../../lib/runs/run-look.ts";
import { runMarkdown } from "../../lib/runs/run-markdown.ts";
import { readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import { LaunchAction, ProblemView } from "../ui/ProblemView.tsx";
import { RunActions } from "./RunActions.tsx";
import { FactsMetadata } from "./RunDetailMetadata.tsx";
import { shortId } from "../../../worker/core/units.ts";
import { withConfig } from "../../lib/runs/run-config.ts";

/** @param onChange what is below this view looks again, too */
export function RunView({ runId, onChange }: { runId: string; onChange?: () => void }) {
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
      markdown={data === undefined ? "" : pageOf(data)}
      metadata={data === undefined ? null : <FactsMetadata place="page" facts={factsOf(data)} />}
      actions={data === undefined ? null : <RunActions summary={data.summary} details={data} onChange={changed} />}
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

const pageOf = (details: RunDetails): string =>
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
      markdown={[
        "## This run is not there any more",
        `Run \`${runId.replaceAll("`", "")}\` was deleted, or had to make room: the newest 50 runs are kept unless set otherwise.`,
      ].join("\n\n")}
      actions={
        <ActionPanel>
          <LaunchAction title="Show Tuning Runs" command="tuning-runs" icon={Icon.List} />
          <LaunchAction title="Find Best Recipe" command="find-best-recipe" icon={Icon.Gauge} />
        </ActionPanel>
      }
    />
  );
}
