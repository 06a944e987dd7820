// The actions of Find Best Recipe. While a run is active Start Tuning is refused with why, and Show Run stands beside it.
import { Action, ActionPanel, getPreferenceValues } from "@raycast/api";
import { homedir } from "node:os";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { ACTIONS } from "../ui/actions.ts";
import type { LivePlan } from "../../hooks/use-plan.ts";
import type { Presets } from "../../hooks/use-presets.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import { commandLine, preferenceFlags } from "../../lib/tune/tune-flags.ts";
import { WorkerError } from "../../lib/worker/worker-error.ts";
import { DEFAULT_VALUES } from "../../lib/tune/tune-form.ts";
import { tellReplaced } from "../../lib/tune/tune-form-undo.ts";
import { MissingProviderActions } from "./MissingProviderActions.tsx";
import { PlanView } from "./PlanView.tsx";
import { PresetActions } from "./PresetActions.tsx";
import { LaunchAction, PreferencesAction } from "../ui/ProblemView.tsx";

interface TuneFormActionsProps {
  form: TuneFormState;
  presets: Presets;
  live: LivePlan;
  activeRunId: string | null;
  onStart: () => Promise<void>;
  /** From the plan's own view, which has looked itself. */
  onStartPlan: (plan: PlanReport | null) => Promise<void>;
  onShow: (runId: string) => void;
}

export function TuneFormActions({
  form,
  presets,
  live,
  activeRunId,
  onStart,
  onStartPlan,
  onShow,
}: TuneFormActionsProps) {
  const sound = Object.keys(form.problems).length === 0;
  return (
    <ActionPanel>
      <ActionPanel.Section>
        <Action.SubmitForm {...ACTIONS.startTuning} onSubmit={onStart} />
        {activeRunId === null ? null : <Action {...ACTIONS.showRun} onAction={() => onShow(activeRunId)} />}
        {sound ? (
          <Action.Push
            {...ACTIONS.showPlan}
            target={<PlanView flags={form.flags} drain={form.values.drain} onStart={onStartPlan} />}
          />
        ) : null}
        {sound && activeRunId === null ? <Action {...ACTIONS.refreshPlan} onAction={live.refresh} /> : null}
      </ActionPanel.Section>
      <MissingProviderActions plan={live.plan} />
      <PresetActions form={form} presets={presets} />
      <ActionPanel.Section>
        <Action
          {...ACTIONS.resetForm}
          onAction={() =>
            void tellReplaced("Form reset", "All fields have their defaults", form.replace(DEFAULT_VALUES))
          }
        />
        <Action.CopyToClipboard
          {...ACTIONS.copyCommand}
          content={commandLine(form.values, preferenceFlags(getPreferenceValues<Preferences>(), homedir()))}
        />
        {live.error instanceof WorkerError && live.error.preferences ? <PreferencesAction /> : null}
        <LaunchAction {...ACTIONS.openDoctor} command="autotune-doctor" />
      </ActionPanel.Section>
    </ActionPanel>
  );
}
