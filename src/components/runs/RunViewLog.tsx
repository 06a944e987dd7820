// The end of a run's log, followed while it is looked at. Source: contract §14 (open log).
import { Action, ActionPanel, Detail, Icon } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { usePromise } from "@raycast/utils";
import { useEffect, useState } from "react";
import { errorText } from "../../../worker/core/errors.ts";
import { codeBlock, mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { logTail, runLogs, type RunLog } from "../../lib/runs/run-log.ts";
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
      navigationTitle={data?.log == null ? `Log of Run ${shortId(runId)}` : `Log: ${data.log.title}`}
      markdown={shown(data?.markdown ?? null)}
      actions={
        data === undefined ? null : <LogActions {...data} onChoose={setChosen} onRefresh={() => void revalidate()} />
      }
    />
  );
}

interface LogPage {
  markdown: Markdown;
  logs: RunLog[];
  log: RunLog | null;
  text: string;
}

/** @param path the chosen log; null = the worker's, or else the newest */
// eslint-disable-next-line @typescript-eslint/require-await -- usePromise wants a promise
async function readLog(runId: string, path: string | null): Promise<LogPage> {
  const logs = runLogs(runId);
  const log = logs.find((one) => one.path === path) ?? logs[0] ?? null;
  if (log === null)
    return {
      markdown: mark`## No log is kept of this run`,
      logs,
      log,
      text: "",
    };
  try {
    const text = logTail(log.path);
    return { markdown: page(mark`### ${log.title}`, log.name, codeBlock(text || "(empty)")), logs, log, text };
  } catch (error) {
    return { markdown: page(mark`## ${log.name} cannot be read`, codeBlock(errorText(error))), logs, log, text: "" };
  }
}

function LogActions(props: LogPage & { onChoose: (path: string) => void; onRefresh: () => void }) {
  const { logs, log, text, onChoose, onRefresh } = props;
  return (
    <ActionPanel>
      {log === null ? null : (
        <>
          <Action.Open {...ACTIONS.openLog} target={log.path} />
          <Action.CopyToClipboard {...ACTIONS.copyLog} content={text} />
          <Action.ShowInFinder {...ACTIONS.showLogInFinder} path={log.path} />
        </>
      )}
      {logs.length > 1 ? (
        <ActionPanel.Submenu {...ACTIONS.showOtherLog}>
          {logs.map(({ title, name, path }) => (
            <Action
              key={path}
              title={title === name ? name : `${title} (${name})`}
              icon={Icon.Text}
              onAction={() => onChoose(path)}
            />
          ))}
        </ActionPanel.Submenu>
      ) : null}
      <Action {...ACTIONS.refresh} onAction={onRefresh} />
    </ActionPanel>
  );
}
