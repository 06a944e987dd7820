// The settings that few tunes need: axes, gate, limits of time. Hidden ones that were changed are named.
import { Form } from "@raycast/api";
import type { TextField, TuneFormState } from "../../hooks/use-tune-form.ts";
import { ADVANCED_FIELDS, changedAdvanced, TITLES } from "../../lib/tune/tune-form.ts";

const TEXTS: TextField[] = ADVANCED_FIELDS.filter((field) => field !== "offline" && field !== "apply");
const OFFLINE_INFO = "Nothing is downloaded. A model that is not complete on disk does not count as fitting.";
const APPLY_INFO =
  "The recipe is written into the provider's config at the end and the provider is restarted. It can be taken back with Revert Recipe.";

export function TuneFormAdvanced({ form }: { form: TuneFormState }) {
  const { values, set, shows, text } = form;
  const changed = values.advanced ? [] : changedAdvanced(values);
  return (
    <>
      <Form.Checkbox
        id="advanced"
        title="Advanced"
        label="Show advanced settings"
        value={values.advanced}
        onChange={(on) => set("advanced", on)}
      />
      {changed.length > 0 ? (
        <Form.Description text={`Changed: ${changed.map((field) => TITLES[field]).join(", ")}`} />
      ) : null}
      {TEXTS.filter(shows).map((field) => (
        <Form.TextField key={field} {...text(field)} />
      ))}
      {shows("offline") ? (
        <Form.Checkbox
          id="offline"
          label="Offline"
          value={values.offline}
          onChange={(on) => set("offline", on)}
          info={OFFLINE_INFO}
        />
      ) : null}
      {shows("apply") ? (
        <Form.Checkbox
          id="apply"
          label="Apply the recipe at the end"
          value={values.apply}
          onChange={(on) => set("apply", on)}
          info={APPLY_INFO}
        />
      ) : null}
    </>
  );
}
