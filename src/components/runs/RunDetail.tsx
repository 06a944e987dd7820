// A run beside the list: at once what its row says, then its trials and charts once they are read.
import { List } from "@raycast/api";
import { shown } from "../../../worker/core/text/markdown.ts";
import { useRunDatabase } from "../../hooks/use-run-database.ts";
import { briefRunFacts } from "../../lib/runs/run-facts.ts";
import { chartLook } from "../../lib/runs/run-look.ts";
import { runMarkdown } from "../../lib/runs/run-markdown.ts";
import { readRun, type RunDetails } from "../../lib/runs/run-reading.ts";
import type { RunSummary } from "../../lib/runs/run-summary.ts";
import { FactsMetadata } from "./RunDetailMetadata.tsx";

/** The chosen run: reads its trials, every second while it is active. */
export function RunDetail({ summary, nowMs }: { summary: RunSummary; nowMs: number }) {
  const { data } = useRunDatabase(readRun, [summary.run.run_id], isActive);
  return <DetailOf summary={summary} details={data ?? null} nowMs={nowMs} />;
}

/** A run near the chosen one: its row only, so that stepping through the list never shows an empty pane. */
export function RunDetailPreview({ summary }: { summary: RunSummary }) {
  return <DetailOf summary={summary} details={null} nowMs={null} />;
}

interface Props {
  summary: RunSummary;
  details: RunDetails | null;
  nowMs: number | null;
}

function DetailOf({ summary, details, nowMs }: Props) {
  const { run } = summary;
  const kept = details?.trials.find(({ id }) => id === run.kept_trial_id) ?? null;
  return (
    <List.Item.Detail
      markdown={shown(runMarkdown(summary, details, chartLook("list", run.simulated ?? false)))}
      metadata={<FactsMetadata place="list" facts={briefRunFacts(summary, kept, nowMs)} />}
    />
  );
}

const isActive = (details: RunDetails | null): boolean => details?.summary.active != null;
