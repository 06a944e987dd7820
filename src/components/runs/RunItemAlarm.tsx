// The red state as a row on top: what is not in service, what to type, and one action that brings it back. Source: contract §5, §14.
import { Action, ActionPanel, Icon, Keyboard, List } from "@raycast/api";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import type { RunAlarm } from "../../lib/runs/run-alarms.ts";
import { codeBlock, hintLines, plain } from "../../lib/ui/run-plain.ts";
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
          markdown={[`## ${plain(title)}`, plain(why), `${offer} Or type:`, codeBlock(text), hintLines(hints)].join(
            "\n\n",
          )}
        />
      }
      actions={
        <ActionPanel>
          <Action title="Restore Provider" icon={Icon.ArrowClockwise} onAction={() => void restore()} />
          <Action.CopyToClipboard title="Copy Commands" content={text} shortcut={Keyboard.Shortcut.Common.Copy} />
          <GeneralActions onRefresh={onChange} />
        </ActionPanel>
      }
    />
  );
}
