// The end of a run's log, followed while it is looked at. Source: contract §14 (open log).
import { Action, ActionPanel, Detail, Icon, Keyboard } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { useEffect, useState } from "react";
import { errorText } from "../../../worker/core/errors.ts";
import { logTail, runLogs, type RunLog } from "../../lib/runs/run-log.ts";
import { codeBlock } from "../../lib/ui/run-plain.ts";
import { shortId } from "../../../worker/core/units.ts";

const FOLLOW_MS = 2000;

export function RunLogView({ runId }: { runId: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const { data, isLoading, revalidate } = usePromise(readLog, [runId, chosen], { onError: () => undefined });
  useEffect(() => {
    const timer = setInterval(() => void revalidate(), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [revalidate]);
  return (
    <Detail
      isLoading={isLoading && data === undefined}
      navigationTitle={`Log of Run ${shortId(runId)}`}
      markdown={data?.markdown ?? ""}
      actions={
        data === undefined ? null : <LogActions {...data} onChoose={setChosen} onRefresh={() => void revalidate()} />
      }
    />
  );
}

interface LogPage {
  markdown: string;
  logs: RunLog[];
  log: RunLog | null;
  text: string;
}

/** @param path the chosen log; null = the worker's, or else the newest */
// eslint-disable-next-line @typescript-eslint/require-await -- usePromise wants a promise
async function readLog(runId: string, path: string | null): Promise<LogPage> {
  const logs = runLogs(runId);
  const log = logs.find((one) => one.path === path) ?? logs[0] ?? null;
  if (log === null) return { markdown: "## No log is kept of this run", logs, log, text: "" };
  try {
    const text = logTail(log.path);
    return { markdown: `### ${log.name}\n\n${codeBlock(text || "(empty)")}`, logs, log, text };
  } catch (error) {
    return { markdown: `## ${log.name} cannot be read\n\n${codeBlock(errorText(error))}`, logs, log, text: "" };
  }
}

function LogActions(props: LogPage & { onChoose: (path: string) => void; onRefresh: () => void }) {
  const { logs, log, text, onChoose, onRefresh } = props;
  return (
    <ActionPanel>
      {log === null ? null : (
        <>
          <Action.CopyToClipboard title="Copy Log" content={text} shortcut={Keyboard.Shortcut.Common.Copy} />
          <Action.Open title="Open Log" icon={Icon.Text} target={log.path} shortcut={Keyboard.Shortcut.Common.Open} />
          <Action.ShowInFinder path={log.path} />
        </>
      )}
      {logs.length > 1 ? (
        <ActionPanel.Submenu
          title="Show Other Log…"
          icon={Icon.List}
          shortcut={{ modifiers: ["cmd", "shift"], key: "l" }}
        >
          {logs.map(({ name, path }) => (
            <Action key={path} title={name} icon={Icon.Text} onAction={() => onChoose(path)} />
          ))}
        </ActionPanel.Submenu>
      ) : null}
      <Action
        title="Refresh"
        icon={Icon.RotateClockwise}
        shortcut={Keyboard.Shortcut.Common.Refresh}
        onAction={onRefresh}
      />
    </ActionPanel>
  );
}
