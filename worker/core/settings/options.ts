// The one table of settings of `run`: name, kind, default, limits and help of each. The command line, the environment, the
// config file, the help and the README are all read off it. Source: contract §3 (flags of `run`) and §4 (prefill_step_size).
import { PROVIDER_CHOICES, withAxis } from "../../providers/index.ts";
import { DEFAULT_METHOD, METHOD_NAMES, readersOf } from "../search/methods.ts";
import { type Axis, KNOB_ROWS, MOST_CONTEXT } from "../knobs.ts";
import { type AxisFlag, axisFlag, axisKind } from "./axes.ts";
import { candidateList } from "./candidates.ts";
import { DEFAULT_DATABASE, filePath } from "./named-path.ts";
import { choice, decimalNumber, type Kind, modelSize, name, onOff, resume, wholeNumber } from "./setting-kinds.ts";

/** Headings of the help, in its order. */
export const GROUPS = [
  "What to look for",
  "Provider",
  "Knobs to compare",
  "How to measure",
  "Limits of time",
  "The live provider",
  "Database and history",
  "Output",
] as const;
export type Group = (typeof GROUPS)[number];

export interface Setting<T> extends Kind<T> {
  group: Group;
  /** Value if no source names the setting; null where nothing stands for it in this table. */
  fallback: T | null;
  /** The default in words, for help and README. */
  defaultText: string;
  help: string;
  /** One-letter flag, e.g. "-v". */
  short?: string;
}

type Fixed<T> = Setting<T> & { fallback: T };
type Open<T> = Setting<T> & { fallback: null };

const onlyMethod = (setting: string): string => `method ${readersOf(setting).join(" or ")} only`;

const look = section("What to look for");
const provider = section("Provider");
const knobs = section("Knobs to compare");
const measure = section("How to measure");
const time = section("Limits of time");
const live = section("The live provider");
const history = section("Database and history");
const output = section("Output");

/** Keys are flag names; MLX_AUTOTUNE_<KEY> and the keys of the config file follow from them. */
export const SETTINGS = {
  "target-context": look.fixed(
    wholeNumber(128, MOST_CONTEXT, "tokens"),
    2000,
    "context at which every model is measured",
  ),
  "candidate-models": look.open(
    candidateList(),
    "the provider's list",
    "models to try, in this order; cached = those on disk, largest first",
  ),
  "max-model-size": look.open(modelSize(), "no limit", "leave bigger models out of the provider's list"),
  "min-model-size": look.open(modelSize(), "no limit", "leave smaller models out of the provider's list"),

  provider: provider.fixed(choice(...PROVIDER_CHOICES), "auto", "program that serves the candidates"),
  "provider-bin": provider.open(filePath(), "searched", "the provider's program, if it is not where it usually is"),
  port: provider.fixed(wholeNumber(1024, 65_535), 18_080, "port on 127.0.0.1 where candidates listen"),
  offline: provider.fixed(onOff(), false, "never download; a model that is not complete on disk is infeasible"),
  "simulated-profile": provider.open(name(), "its demo machine", "machine that the simulated provider plays"),

  ...axisSettings(),

  method: measure.fixed(choice(...METHOD_NAMES), DEFAULT_METHOD, "how the knobs are compared"),
  "stage1-replicates": measure.fixed(wholeNumber(1, 100), 1, "requests per candidate"),
  "stage2-replicates": measure.fixed(wholeNumber(1, 100), 5, `requests per cell; ${onlyMethod("stage2-replicates")}`),
  "tps-tie-epsilon": measure.fixed(
    decimalNumber(0, 1),
    0.1,
    `relative difference that counts as a tie; ${onlyMethod("tps-tie-epsilon")}`,
  ),
  "batch-load": measure.fixed(
    choice("concurrent", "single"),
    "concurrent",
    "load of a cell with max_batch above 1: that many streams, or one",
  ),
  "gate-ttft-ms": measure.fixed(
    wholeNumber(1, 3_600_000, "ms"),
    60_000,
    "longest time to first token that is feasible",
  ),
  "max-tokens": measure.fixed(wholeNumber(1, 32_768, "tokens"), 128, "generated tokens per request"),
  seed: measure.open(wholeNumber(0, 4_294_967_295), "random, recorded", "of the nonces and the order"),

  "max-duration": time.fixed(wholeNumber(1, 604_800, "seconds"), 7200, "the whole run"),
  "ready-timeout": time.fixed(wholeNumber(1, 7200, "seconds"), 300, "one load of a model"),

  drain: live.fixed(onOff(), false, "take the live provider out of service for the run and bring it back"),
  "drain-grace": live.fixed(wholeNumber(0, 600, "seconds"), 30, "time the live provider gets to end"),
  "restart-foreground": live.fixed(
    onOff(),
    false,
    "start a drained foreground provider again as it was; needs --drain",
  ),
  apply: live.fixed(onOff(), false, "write the recipe into the live provider's configuration at the end"),

  "db-path": history.fixed(filePath(), DEFAULT_DATABASE, "the database"),
  "retain-runs": history.fixed(wholeNumber(1, 10_000), 50, "runs that are kept"),
  resume: history.open(resume(), "off", "resume a run that was cut short: the last one, or the one named"),

  json: output.fixed(onOff(), false, "one JSON document on stdout, text on stderr"),
  "dry-run": output.fixed(onOff(), false, "say what would be done, start nothing"),
  compare: output.fixed(onOff(), false, "also say what changed since the last run like it"),
  "report-only": output.fixed(onOff(), false, "report what the database knows, start nothing"),
  verbose: { ...output.fixed(onOff(), false, "tell more on stderr"), short: "-v" },
};

export type SettingName = keyof typeof SETTINGS;
/** In the order of the help. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** A value per setting; null where no source names one that has no fixed default. */
export type SettingValues = { [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };
type ValueOf<S> = S extends Open<infer T> ? T | null : S extends Fixed<infer T> ? T : never;

/** A setting by name, with its value's type left open. */
export function settingOf(name: SettingName): Setting<unknown> {
  return SETTINGS[name];
}

/** The variable of a setting: "max-tokens" is MLX_AUTOTUNE_MAX_TOKENS. */
export function variableOf(name: SettingName): string {
  return `${VARIABLE_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

export const VARIABLE_PREFIX = "MLX_AUTOTUNE_";

/** On or off: the flag takes no value and has a --no- form. */
export function isSwitch(name: SettingName): boolean {
  return SETTINGS[name].placeholder === "";
}

/** True for a setting whose flag can be negated: every switch, and --resume. */
export function isNegatable(name: SettingName): boolean {
  return isSwitch(name) || name === "resume";
}

/** The settings as rows of a Markdown table: flag, default, limits, meaning. Starts with the heading rows. */
export function settingsTable(): string[] {
  const rows = SETTING_NAMES.map((name) => {
    const { short, placeholder, defaultText, limits, help } = settingOf(name);
    const flag = `\`${short ? `${short}, ` : ""}--${name}${placeholder ? ` ${placeholder}` : ""}\``;
    return [flag, defaultText, isSwitch(name) ? "on or off" : limits, help].map(inTable).join(" | ");
  });
  return ["flag | default | limits | meaning", "--- | --- | --- | ---", ...rows].map((row) => `| ${row} |`);
}

function inTable(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Define settings of one group: `fixed` with a default value, `open` with words for what happens without one. */
/** One setting per axis of the knobs. */
function axisSettings(): Record<AxisFlag, Open<(number | null)[]>> {
  const settings = KNOB_ROWS.map(([, { axis, asked, defaultText, help }]) => {
    const having = withAxis("auto", axis).map(({ id }) => id);
    const only = having.length > 1 ? "" : `; ${having.join(", ")} only`;
    return [axisFlag(axis), knobs.open(axisKind(asked), defaultText ?? defaultWhere(axis), `${help}${only}`)];
  });
  return Object.fromEntries(settings) as Record<AxisFlag, Open<(number | null)[]>>;
}

/** Values of an axis that some servers have, and on which: "512,2048 on mlx-lm". */
function defaultWhere(axis: Axis): string {
  const servers = Object.groupBy(withAxis("auto", axis), ({ defaultAxes }) => (defaultAxes[axis] ?? []).join(","));
  return Object.entries(servers)
    .map(([values, of = []]) => `${values} on ${of.map(({ id }) => id).join(", ")}`)
    .join("; ");
}

function section(group: Group) {
  return {
    fixed<T extends string | number | boolean>(kind: Kind<T>, fallback: T, help: string): Fixed<T> {
      const defaultText = typeof fallback === "boolean" ? (fallback ? "on" : "off") : String(fallback);
      return { ...kind, group, fallback, defaultText, help };
    },
    open<T>(kind: Kind<T>, defaultText: string, help: string): Open<T> {
      return { ...kind, group, fallback: null, defaultText, help };
    },
  };
}
