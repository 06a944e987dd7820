// Reading the three places a setting can come from. Whatever is wrong in any of them is a problem, also if another place overrides it.
// Source: contract §3, "also readable from the environment and from the config file".
import {
  isNegatable,
  isSwitch,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  VARIABLE_PREFIX,
  variableOf,
} from "./options.ts";
import { type Parsed, quoted, refuse } from "./setting-kinds.ts";
import { nearestName } from "../text/suggest.ts";

/** By flag name: text, true for a flag without value, false for its --no- form; a list if it was given several times. */
export type RawFlags = Readonly<Record<string, string | boolean | readonly (string | boolean)[]>>;

export interface FileEntry {
  name: SettingName;
  /** As written in the file. */
  key: string;
  value: string | string[];
  /** 1-based. */
  line: number;
}

/** The config file as read; `problems` are whole lines, ready to show. */
export interface FileSettings {
  path: string;
  entries: FileEntry[];
  problems: string[];
}

/** Variables of the same prefix that are no settings: a notification's deep link, a detached run's id, the scope of tests. */
export const RESERVED_VARIABLES: readonly string[] = [
  "MLX_AUTOTUNE_DEEP_LINK",
  "MLX_AUTOTUNE_RUN_ID",
  "MLX_AUTOTUNE_TEST_SCOPE",
  "MLX_AUTOTUNE_TEST_STEPS",
  "MLX_AUTOTUNE_TEST_BARRIERS",
];

export interface Given {
  value: unknown;
  /** How the user wrote it: "--port", "MLX_AUTOTUNE_PORT", "port in /…/config.yaml, line 3". */
  where: string;
}

/** What one place gave: the legal values, and a line for everything else. */
export class Findings {
  readonly given = new Map<SettingName, Given>();
  readonly refused = new Set<SettingName>();
  readonly problems: string[] = [];

  /** Book a reading of a setting. */
  record(name: SettingName, where: string, parsed: Parsed<unknown>): void {
    if (parsed.ok) this.given.set(name, { value: parsed.value, where });
    else this.refuse(name, `${where}: ${parsed.problem}; give ${settingOf(name).limits}`);
  }

  refuse(name: SettingName, line: string): void {
    this.refused.add(name);
    this.problems.push(line);
  }
}

export function fromFlags(flags: RawFlags): Findings {
  const findings = new Findings();
  for (const [flag, raw] of Object.entries(flags)) {
    const name = SETTING_NAMES.find((known) => known === flag);
    const values = Array.isArray(raw) ? (raw as readonly (string | boolean)[]) : [raw as string | boolean];
    const [value] = values;
    if (name === undefined) findings.problems.push(unknownLine(`--${flag}`, flagNames()));
    else if (value === undefined) continue;
    // A switch that is repeated says nothing new; anything else leaves open which value is meant.
    else if (values.length > 1 && !(isSwitch(name) && values.every((other) => other === value)))
      findings.refuse(
        name,
        `--${name}: given ${values.length} times (${values.map(shownFlag).join(", ")}); give it once`,
      );
    else findings.record(name, value === false ? `--no-${name}` : `--${name}`, readFlag(name, value));
  }
  return findings;
}

/** Every flag of the table, with the --no- forms. */
export function flagNames(): string[] {
  return SETTING_NAMES.flatMap((name) => (isNegatable(name) ? [`--${name}`, `--no-${name}`] : [`--${name}`]));
}

/** An empty variable counts as not set. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Findings {
  const findings = new Findings();
  const names = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]));
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || RESERVED_VARIABLES.includes(variable)) continue;
    if (text === undefined || text.trim() === "") continue;
    const name = names.get(variable);
    if (name === undefined) findings.problems.push(unknownLine(variable, [...names.keys()]));
    else findings.record(name, variable, settingOf(name).parse(text));
  }
  return findings;
}

export function fromFile(file: FileSettings | null): Findings {
  const findings = new Findings();
  findings.problems.push(...(file?.problems ?? []));
  for (const { name, key, value, line } of file?.entries ?? []) {
    const setting = settingOf(name);
    const where = `${key} in ${file?.path}, line ${line}`;
    if (typeof value === "string") findings.record(name, where, setting.parse(value));
    else findings.record(name, where, setting.parseElements?.(value) ?? refuse("is a list, but takes one value"));
  }
  return findings;
}

/** Refuse a name that is no setting, with the nearest one that is. */
export function unknownLine(asked: string, known: readonly string[], place = ""): string {
  const near = nearestName(asked, known);
  const shown = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
  const remedy = near === null ? "see `mlx-autotune run --help` for the settings there are" : `did you mean ${near}?`;
  return `${shown}${place}: there is no such setting; ${remedy}`;
}

function readFlag(name: SettingName, value: string | boolean): Parsed<unknown> {
  const setting = settingOf(name);
  if (typeof value === "boolean")
    return isNegatable(name) ? setting.parse(String(value)) : refuse("its value is missing");
  // "--db-path --drain": the flag would be swallowed as a path.
  return value.startsWith("--") ? refuse(`its value is missing (${quoted(value)} follows)`) : setting.parse(value);
}

function shownFlag(value: string | boolean): string {
  return typeof value === "string" ? quoted(value) : value ? "on" : "off";
}
