// The actions of Find Best Recipe. While a run is active its view takes the place of the start. Source: contract §14.
import { Action, ActionPanel, getPreferenceValues, Icon, Keyboard } from "@raycast/api";
import type { LivePlan } from "../../hooks/use-plan.ts";
import type { Presets } from "../../hooks/use-presets.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import { commandLine, preferenceFlags } from "../../lib/tune/tune-flags.ts";
import { DEFAULT_VALUES } from "../../lib/tune/tune-form.ts";
import { PlanView } from "./PlanView.tsx";
import { PresetActions } from "./PresetActions.tsx";
import { LaunchAction } from "../ui/ProblemView.tsx";

interface TuneFormActionsProps {
  form: TuneFormState;
  presets: Presets;
  live: LivePlan;
  activeRunId: string | null;
  onStart: () => Promise<void>;
  onShow: (runId: string) => void;
}

export function TuneFormActions({ form, presets, live, activeRunId, onStart, onShow }: TuneFormActionsProps) {
  const sound = Object.keys(form.problems).length === 0;
  const preferences = getPreferenceValues<{ providerBinary?: string; databasePath?: string }>();
  return (
    <ActionPanel>
      <ActionPanel.Section>
        {activeRunId === null ? (
          <Action.SubmitForm title="Start Tuning" icon={Icon.Gauge} onSubmit={onStart} />
        ) : (
          <Action title="Show Run" icon={Icon.LineChart} onAction={() => onShow(activeRunId)} />
        )}
        {sound ? (
          <Action.Push
            title="Show Plan"
            icon={Icon.List}
            shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
            target={<PlanView flags={form.flags} drain={form.values.drain} />}
          />
        ) : null}
        {sound && activeRunId === null ? (
          <Action
            title="Refresh Plan"
            icon={Icon.RotateClockwise}
            shortcut={Keyboard.Shortcut.Common.Refresh}
            onAction={live.refresh}
          />
        ) : null}
      </ActionPanel.Section>
      <PresetActions form={form} presets={presets} />
      <ActionPanel.Section>
        <Action
          title="Reset Form"
          icon={Icon.Eraser}
          shortcut={{ modifiers: ["cmd", "shift"], key: "backspace" }}
          onAction={() => form.replace(DEFAULT_VALUES)}
        />
        <Action.CopyToClipboard
          title="Copy as Command"
          icon={Icon.Terminal}
          content={commandLine(form.values, preferenceFlags(preferences))}
          shortcut={Keyboard.Shortcut.Common.Copy}
        />
        <LaunchAction title="Open Doctor" command="autotune-doctor" icon={Icon.Heartbeat} />
      </ActionPanel.Section>
    </ActionPanel>
  );
}
