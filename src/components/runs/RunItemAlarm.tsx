// The red state as a row on top: what is not in service, what to type, and one action that brings it back.
import { Action, ActionPanel, Icon, List } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { codeBlock, joined, mark, page, shown, type Markdown } from "../../../worker/core/text/markdown.ts";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import { told, withCommands } from "../../lib/ui/commands.ts";
import type { RunAlarm } from "../../lib/runs/run-alarms.ts";
import { restoreNow } from "../../lib/runs/run-restore.ts";
import { GeneralActions } from "./RunActions.tsx";

const TAGS: Record<RunAlarm["kind"], string> = { failed: "Drained", abandoned: "Drained", down: "Down", dead: "Died" };

export function AlarmItem({ alarm, onChange }: { alarm: RunAlarm; onChange: () => void }) {
  const { id, title, why, commands, hints, kind } = alarm;
  const text = commands.join("\n");
  const restore = async () => {
    await restoreNow();
    onChange();
  };
  const offer =
    kind === "dead" ? "Restore closes it and stops what it left running." : "Restore Provider does it for you.";
  return (
    <List.Item
      id={id}
      icon={icon("bad", Icon.Warning)}
      title={title}
      accessories={[{ tag: { value: TAGS[kind], color: COLORS.bad } }]}
      detail={
        <List.Item.Detail
          markdown={shown(page(mark`## ${title}`, told(why), `${offer} Or type:`, codeBlock(text), hintList(hints)))}
        />
      }
      actions={
        <ActionPanel>
          <Action {...ACTIONS.restoreProvider} onAction={() => void restore()} />
          <Action.CopyToClipboard {...ACTIONS.copyCommands} content={text} />
          <GeneralActions onRefresh={onChange} />
        </ActionPanel>
      }
    />
  );
}

/** Sentences, each with the indented lines below it as its list. */
const hintList = (hints: string[]): Markdown =>
  joined(
    hints.map((line) => (/^\s/.test(line) ? mark`- ${withCommands(line)}` : mark`\n${withCommands(line)}\n`)),
    "\n",
  );
