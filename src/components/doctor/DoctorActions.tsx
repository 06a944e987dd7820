// What can be done about a check: its repair to copy or paste, look again, test the notification, copy what the probes say, remove
// everything.
import { Action, ActionPanel, open } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { DoctorReport } from "../../../worker/core/result/check.ts";
import type { ShownCheck } from "../../lib/doctor/doctor-preferences.ts";
import { sendTestNotification } from "../../lib/doctor/doctor-call.ts";
import { copyEvidence } from "../../lib/doctor/doctor-evidence.ts";
import { repairText } from "../../lib/doctor/doctor-text.ts";
import { uninstallAsked } from "../../lib/doctor/doctor-uninstall.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { databasePath } from "../../lib/worker/paths.ts";
import { PreferencesAction } from "../ui/ProblemView.tsx";

export interface DoctorActionsProps {
  /** The selected check; null for the summary. */
  check: ShownCheck | null;
  report: DoctorReport | null;
  onRunAgain: () => void;
}

export function DoctorActions({ check, report, onRunAgain }: DoctorActionsProps) {
  const repair = check === null || check.repair.length === 0 ? null : repairText(check);
  const preferences = check?.preferences === true;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {preferences ? <PreferencesAction /> : null}
        <Action {...ACTIONS.runAgain} onAction={onRunAgain} />
      </ActionPanel.Section>
      {repair === null ? null : (
        <ActionPanel.Section title="Repair">
          <Action.CopyToClipboard {...ACTIONS.copyRepair} content={repair} />
          <Action.Paste {...ACTIONS.pasteRepair} content={repair} />
        </ActionPanel.Section>
      )}
      <ActionPanel.Section>
        <Action {...ACTIONS.sendTestNotification} onAction={() => void sendTestNotification()} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action {...ACTIONS.openDatabaseFolder} onAction={() => void openFolder()} />
        {preferences ? null : <PreferencesAction />}
        {report === null ? null : (
          <Action.CopyToClipboard {...ACTIONS.copyReportJson} content={JSON.stringify(report, null, 2)} />
        )}
        <Action {...ACTIONS.copyEvidence} onAction={() => void copyEvidence()} />
      </ActionPanel.Section>
      <ActionPanel.Section>
        <Action {...ACTIONS.uninstall} onAction={() => void uninstallAsked()} />
      </ActionPanel.Section>
    </ActionPanel>
  );
}

async function openFolder(): Promise<void> {
  try {
    const folder = dirname(databasePath());
    if (existsSync(folder)) await open(folder);
    else await showFailure("There is no database yet", new Error(`The first run creates ${folder}.`));
  } catch (error) {
    await showFailure("The folder was not opened", error);
  }
}
