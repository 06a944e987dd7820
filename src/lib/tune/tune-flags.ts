// From the form to the flags of `run` and back, and the command line that does the same in a terminal. Pure.
// What the form shows is what happens: switches and choices are always passed, also where they are off.
import { CACHED } from "../../../worker/core/settings/candidates.ts";
import { namedPath, namedProgram } from "../../../worker/core/settings/named-path.ts";
import type { Parsed } from "../../../worker/core/settings/setting-kinds.ts";
import { isNegatable, isSwitch, type SettingName } from "../../../worker/core/settings/options.ts";
import { shellQuote } from "../../../worker/core/text/shell-words.ts";
import { isUsed, DEFAULT_VALUES, FIELDS, SETTING_OF, type TuneField, type TuneValues } from "./tune-form.ts";

/** The settings that these values name, in the order of the flags; text is trimmed, empty text names nothing. */
export function settingsOf(values: TuneValues): [SettingName, string | boolean][] {
  return FIELDS.flatMap((field): [SettingName, string | boolean][] => {
    const value = settingValue(field, values);
    return value === null ? [] : [[SETTING_OF[field], value]];
  });
}

/** The flags of `run` and `plan` for these values. */
export function flagsOf(values: TuneValues): string[] {
  return settingsOf(values).flatMap(([name, value]) => {
    if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
    // A value that begins with a dash would be read as the next flag.
    return value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value];
  });
}

/**
 * The form for these flags; fields that they do not name have their defaults.
 * @returns the flags that the form has no field for beside it
 */
export function valuesOf(flags: readonly string[]): { values: TuneValues; rest: string[] } {
  const values: Record<string, string | boolean> = {};
  const rest: string[] = [];
  for (const { name, value, words } of flagsIn(flags)) {
    const field = FIELDS.find((one) => SETTING_OF[one] === name);
    if (field === undefined) rest.push(...words);
    else if (field === "candidates") Object.assign(values, candidatesFrom(String(value)));
    else values[field] = value;
  }
  return { values: { ...DEFAULT_VALUES, ...values }, rest };
}

/** The same tune as a command; `more` are further flags, such as the database of the preferences. */
export function commandLine(values: TuneValues, more: readonly string[] = []): string {
  return ["mlx-autotune", "run", ...flagsOf(values), ...more].map(shellQuote).join(" ");
}

/** Flags for what the extension's preferences name; a terminal has another folder, and says itself what is no path. */
export function preferenceFlags({ providerBinary, databasePath }: Preferences, home: string): string[] {
  const places = { home, from: home };
  const flag = (name: SettingName, text = "", path: Parsed<string>) =>
    text.trim() === "" ? [] : [`--${name}`, path.ok ? path.value : text.trim()];
  return [
    ...flag("provider-bin", providerBinary, namedProgram(providerBinary ?? "", places)),
    ...flag("db-path", databasePath, namedPath(databasePath ?? "", places)),
  ];
}

function settingValue(field: TuneField, values: TuneValues): string | boolean | null {
  // Off is passed on, too: the config file may say on.
  if (field === "restartForeground") return values.drain && values.restartForeground;
  if (!isUsed(field, values)) return null;
  if (field === "candidates") return values.candidates === "cached" ? CACHED : null;
  if (field === "models") return modelList(values.models);
  const value = values[field];
  return typeof value === "string" ? value.trim() || null : value;
}

/** Lines become elements; what stands between two commas stays, so that an empty element is refused and not dropped. */
export function modelList(text: string): string {
  const lines = text.trim().split(/\n\s*/);
  const lists = lines.map((line, at) => (at < lines.length - 1 ? line.trimEnd().replace(/,$/, "") : line));
  return lists
    .join(",")
    .split(",")
    .map((element) => element.trim())
    .join(",");
}

function candidatesFrom(list: string): Partial<TuneValues> {
  if (list === CACHED) return { candidates: "cached" };
  const elements = list.split(",");
  return { candidates: "own", models: elements.join(elements.includes("") ? "," : "\n") };
}

export interface Flag {
  /** Without dashes; "" for a word that is no flag. */
  name: string;
  /** True where none was given, false for the --no- form. */
  value: string | boolean;
  words: string[];
}

/** Words as flags with their values; what begins with two dashes is the next flag and no value. */
export function flagsIn(flags: readonly string[]): Flag[] {
  const found: Flag[] = [];
  for (let at = 0; at < flags.length; at++) {
    const word = flags[at] ?? "";
    const [, no, name = "", given] = /^--(no-)?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const next = flags[at + 1];
    if (name === "") found.push({ name, value: true, words: [word] });
    else if (no !== undefined) found.push({ name, value: false, words: [word] });
    else if (given !== undefined) found.push({ name, value: given, words: [word] });
    else if (isOn(name) || next === undefined || next.startsWith("--"))
      found.push({ name, value: true, words: [word] });
    else {
      found.push({ name, value: next, words: [word, next] });
      at += 1;
    }
  }
  return found;
}

const SETTINGS_KNOWN = Object.values(SETTING_OF);

/** A flag without a value. */
function isOn(name: string): boolean {
  const known = SETTINGS_KNOWN.find((one) => one === name);
  return known !== undefined && isSwitch(known) && isNegatable(known);
}
