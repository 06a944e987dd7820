// Asks for the name under which the form's present values are kept.
import { Action, ActionPanel, Alert, confirmAlert, Form, Icon, showToast, useNavigation } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { useState } from "react";
import type { Presets } from "../../hooks/use-presets.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { named, nameProblem } from "../../lib/tune/presets.ts";
import { commandLine } from "../../lib/tune/tune-flags.ts";
import type { TuneValues } from "../../lib/tune/tune-form.ts";

export function PresetForm({ values, presets }: { values: TuneValues; presets: Presets }) {
  const [name, setName] = useState("");
  const [asked, setAsked] = useState(false);
  const { pop } = useNavigation();
  const problem = nameProblem(name);

  const save = async () => {
    setAsked(true);
    if (problem !== null) return;
    try {
      if (named(presets.own, name) !== undefined && !(await replaceable(name))) return;
      await presets.save({ name: name.trim(), values });
      await showToast({ title: "Preset saved", message: name.trim() });
      pop();
    } catch (error) {
      await showFailure("The preset was not saved", error);
    }
  };
  return (
    <Form
      navigationTitle="Save as Preset"
      actions={
        <ActionPanel>
          <Action.SubmitForm {...ACTIONS.savePreset} onSubmit={save} />
        </ActionPanel>
      }
    >
      <Form.TextField
        id="name"
        title="Name"
        placeholder="Nightly 8k"
        value={name}
        onChange={setName}
        {...(problem !== null && (asked || name !== "") ? { error: problem } : {})}
      />
      <Form.Description title="Settings" text={commandLine(values)} />
    </Form>
  );
}

const replaceable = (name: string): Promise<boolean> =>
  confirmAlert({
    title: `Replace the preset "${name.trim()}"?`,
    icon: Icon.SaveDocument,
    primaryAction: { title: "Replace", style: Alert.ActionStyle.Destructive },
  });
