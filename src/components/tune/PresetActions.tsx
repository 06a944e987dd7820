// Choosing, saving and deleting presets. Deleting asks first; choosing replaces the form, which Undo puts back.
import { Action, ActionPanel, Alert, confirmAlert, Icon, showToast } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import type { Presets } from "../../hooks/use-presets.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { tellReplaced } from "../../lib/tune/tune-form-undo.ts";
import { BUILT_IN, type Preset } from "../../lib/tune/presets.ts";
import { PresetForm } from "./PresetForm.tsx";

export function PresetActions({ form, presets }: { form: TuneFormState; presets: Presets }) {
  const { own } = presets;
  const choose = ({ name, values }: Preset) => (
    <Action
      key={name}
      title={name}
      icon={Icon.Document}
      onAction={() => {
        const undo = form.replace({ ...values, advanced: form.values.advanced });
        void tellReplaced("Preset chosen", name, undo);
      }}
    />
  );
  return (
    <ActionPanel.Section title="Presets">
      <ActionPanel.Submenu {...ACTIONS.choosePreset}>
        {own.length > 0 ? <ActionPanel.Section title="Yours">{own.map(choose)}</ActionPanel.Section> : null}
        <ActionPanel.Section title="Built In">{BUILT_IN.map(choose)}</ActionPanel.Section>
      </ActionPanel.Submenu>
      <Action.Push {...ACTIONS.savePresetAs} target={<PresetForm values={form.values} presets={presets} />} />
      {own.length > 0 ? (
        <ActionPanel.Submenu {...ACTIONS.deletePreset}>
          {own.map(({ name }) => (
            <Action
              key={name}
              title={`Delete ${name}…`}
              icon={Icon.Trash}
              style={Action.Style.Destructive}
              onAction={() => void remove(name, presets)}
            />
          ))}
        </ActionPanel.Submenu>
      ) : null}
    </ActionPanel.Section>
  );
}

async function remove(name: string, presets: Presets): Promise<void> {
  try {
    const yes = await confirmAlert({
      title: `Delete the preset "${name}"?`,
      icon: Icon.Trash,
      primaryAction: { title: "Delete", style: Alert.ActionStyle.Destructive },
    });
    if (!yes) return;
    await presets.remove(name);
    await showToast({ title: "Preset deleted", message: name });
  } catch (error) {
    await showFailure("The preset was not deleted", error);
  }
}
