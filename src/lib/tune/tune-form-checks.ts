// What is wrong with the form, field by field, in the command line's words, flags by their fields: the worker's own reading is asked.
// Source: contract §14 (form), §3 (limits).
import { settingOf } from "../../../worker/core/settings/options.ts";
import { readSettings } from "../../../worker/core/settings/settings.ts";
import { inRaycast } from "../ui/raycast-words.ts";
import { settingsOf } from "./tune-flags.ts";
import { isUsed, FIELDS, SETTING_OF, TITLES, type TuneField, type TuneValues } from "./tune-form.ts";

/** The first problem of each field; {} if a run would take them all. */
export type TuneProblems = Partial<Record<TuneField, string>>;

export function problemsOf(values: TuneValues): TuneProblems {
  const flags = Object.fromEntries(settingsOf(values));
  const { problems } = readSettings({ flags, env: {}, file: null, home: "/", cwd: "/", randomSeed: 0 });
  const found: TuneProblems = {};
  for (const line of problems) {
    const [, name = "", text = line] = /^--(?:no-)?([a-z0-9-]+): (.*)$/s.exec(line) ?? [];
    const field = fieldOf(name, values);
    found[field] ??= inRaycast(text);
  }
  return found;
}

/** Several fields may make one setting: the one that counts last shows it. */
function fieldOf(name: string, values: TuneValues): TuneField {
  const fields = FIELDS.filter((field) => SETTING_OF[field] === name && isUsed(field, values));
  return fields.at(-1) ?? "targetContext";
}

/** What a field means, its limits and its default, from the one table of settings. */
export function infoOf(field: TuneField): string {
  const { help, limits, defaultText, placeholder } = settingOf(SETTING_OF[field]);
  const sentence = `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
  return placeholder === "" ? sentence : `${sentence} Give ${limits}. Left empty: ${defaultText}.`;
}

/** Its title, with the unit of its value where the title does not say it. */
export function labelOf(field: TuneField): string {
  const { unit } = settingOf(SETTING_OF[field]);
  const title = TITLES[field];
  return unit === undefined || title.toLowerCase().includes(unit) ? title : `${title} (${unit})`;
}

/** What stands in an empty field. */
export const placeholderOf = (field: TuneField): string => settingOf(SETTING_OF[field]).defaultText;
