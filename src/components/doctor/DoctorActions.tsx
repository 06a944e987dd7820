// What can be done about a check: its repair to copy or paste, look again, test the notification, copy what the probes say, remove
// everything. Source: contract §14, §13.
import { Action, ActionPanel, Icon, Keyboard, open, openExtensionPreferences } from "@raycast/api";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Check, DoctorReport } from "../../../worker/core/result/check.ts";
import { sendTestNotification } from "../../lib/doctor/doctor-call.ts";
import { copyEvidence } from "../../lib/doctor/doctor-evidence.ts";
import { repairText } from "../../lib/doctor/doctor-text.ts";
import { uninstallAsked } from "../../lib/doctor/doctor-uninstall.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { databasePath } from "../../lib/worker/paths.ts";

export interface DoctorActionsProps {
  /** The selected check; null for the summary. */
  check: Check | null;
  report: DoctorReport | null;
  onRunAgain: () => void;
}

export function DoctorActions({ check, report, onRunAgain }: DoctorActionsProps) {
  const repair = check === null || check.repair.length === 0 ? null : repairText(check);
  return (
    <ActionPanel>
      {repair === null ? null : (
        <ActionPanel.Section title="Repair">
          <Action.CopyToClipboard title="Copy Repair" content={repair} />
          <Action.Paste title="Paste Repair" content={repair} />
        </ActionPanel.Section>
      )}
      <ActionPanel.Section>
        <Action
          title="Run Again"
          icon={Icon.RotateClockwise}
          shortcut={Keyboard.Shortcut.Common.Refresh}
          onAction={onRunAgain}
        />
        <Action
          title="Send Test Notification"
          icon={Icon.Bell}
          shortcut={{ modifiers: ["cmd", "shift"], key: "n" }}
          onAction={() => void sendTestNotification()}
        />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action
          title="Open Database Folder"
          icon={Icon.Folder}
          shortcut={Keyboard.Shortcut.Common.Open}
          onAction={() => void openFolder()}
        />
        <Action title="Open Extension Preferences" icon={Icon.Gear} onAction={() => void openExtensionPreferences()} />
        {report === null ? null : (
          <Action.CopyToClipboard
            title="Copy Report as JSON"
            content={JSON.stringify(report, null, 2)}
            shortcut={Keyboard.Shortcut.Common.Copy}
          />
        )}
        <Action
          title="Copy Evidence"
          icon={Icon.Clipboard}
          shortcut={{ modifiers: ["cmd", "shift"], key: "e" }}
          onAction={() => void copyEvidence()}
        />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action
          title="Uninstall…"
          icon={Icon.Trash}
          style={Action.Style.Destructive}
          onAction={() => void uninstallAsked()}
        />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

async function openFolder(): Promise<void> {
  const folder = dirname(databasePath());
  try {
    if (existsSync(folder)) await open(folder);
    else await showFailure("There is no database yet", new Error(`The first run creates ${folder}.`));
  } catch (error) {
    await showFailure("The folder was not opened", error);
  }
}
