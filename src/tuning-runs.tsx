// Tuning Runs: the list of all runs, or the one run that a link, a notification or another command names.
import type { LaunchProps } from "@raycast/api";
import { RunList } from "./components/runs/RunList.tsx";
import { compareAction } from "./components/runs/CompareAction.tsx";
import { RunView } from "./components/runs/RunView.tsx";
import type { RunLaunchContext } from "./lib/worker/deep-link.ts";

export default function TuningRuns({ launchContext }: LaunchProps<{ launchContext?: Partial<RunLaunchContext> }>) {
  // A link can be typed by anyone.
  const runId: unknown = launchContext?.runId;
  return typeof runId === "string" && runId !== "" ? <RunView runId={runId} compare={compareAction} /> : <RunList />;
}
