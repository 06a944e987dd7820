// The fields of Find Best Recipe: their values, which setting of `run` each one is, and when it counts.
// Source: contract §14 (the form), §3 (the settings).
import * as z from "zod";
import { PROVIDER_CHOICES, SIMULATED, withAxis } from "../../../worker/providers/index.ts";
import { AXES, type Axis, type Knob, KNOB_ROWS } from "../../../worker/core/knobs.ts";
import { DEFAULT_METHOD, METHOD_NAMES, OWN_SETTINGS, readsSetting } from "../../../worker/core/search/methods.ts";
import { axisFlag } from "../../../worker/core/settings/axes.ts";
import type { SettingName } from "../../../worker/core/settings/options.ts";

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;
export type AxisField = `${Camel<Axis>}Axis`;

/** The field of an axis: "maxBatchAxis". */
const axisField = (axis: Axis): AxisField =>
  `${axis.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}Axis` as AxisField;

const axisFields = <T>(of: (axis: Axis, knob: Knob) => T): Record<AxisField, T> =>
  Object.fromEntries(KNOB_ROWS.map(([, knob]) => [axisField(knob.axis), of(knob.axis, knob)])) as Record<AxisField, T>;

/** Text fields: "" = not named, so the config file's value counts, else the default. */
const text = z.string().catch("");
const off = z.boolean().catch(false);

/** As the form holds them and as they are remembered; a field that another version did not know has its default. */
export const tuneValuesSchema = z.object({
  targetContext: z.string().catch("2000"),
  /** list: the provider's own; cached: complete models on disk; own: those of `models`. */
  candidates: z.enum(["list", "cached", "own"]).catch("list"),
  /** One per line, or separated by commas. */
  models: text,
  maxModelSize: text,
  minModelSize: text,
  provider: z.enum(PROVIDER_CHOICES).catch("auto"),
  simulatedProfile: text,
  drain: off,
  restartForeground: off,
  method: z.enum(METHOD_NAMES).catch(DEFAULT_METHOD),
  stage2Replicates: text,
  tpsTieEpsilon: text,
  /** Whether the fields below are shown. They count either way. */
  advanced: off,
  ...axisFields(() => text),
  gateTtftMs: text,
  maxTokens: text,
  maxDuration: text,
  readyTimeout: text,
  port: text,
  offline: off,
  apply: off,
});
export type TuneValues = z.output<typeof tuneValuesSchema>;

export const DEFAULT_VALUES: TuneValues = tuneValuesSchema.parse({});

export type TuneField = Exclude<keyof TuneValues, "advanced">;

/** In the order in which flags are written. */
export const SETTING_OF: Record<TuneField, SettingName> = {
  provider: "provider",
  simulatedProfile: "simulated-profile",
  targetContext: "target-context",
  candidates: "candidate-models",
  models: "candidate-models",
  maxModelSize: "max-model-size",
  minModelSize: "min-model-size",
  method: "method",
  stage2Replicates: "stage2-replicates",
  tpsTieEpsilon: "tps-tie-epsilon",
  ...axisFields((axis) => axisFlag(axis)),
  gateTtftMs: "gate-ttft-ms",
  maxTokens: "max-tokens",
  maxDuration: "max-duration",
  readyTimeout: "ready-timeout",
  port: "port",
  drain: "drain",
  restartForeground: "restart-foreground",
  offline: "offline",
  apply: "apply",
};
export const FIELDS = Object.keys(SETTING_OF) as TuneField[];

/** The fields that only "Show Advanced" shows: without them the form, its conflict notice and the plan fit on one screen. */
export const ADVANCED_FIELDS = [
  "maxModelSize",
  "minModelSize",
  "stage2Replicates",
  "tpsTieEpsilon",
  ...AXES.map(axisField),
  "gateTtftMs",
  "maxTokens",
  "maxDuration",
  "readyTimeout",
  "port",
  "offline",
  "apply",
] as const satisfies TuneField[];

/** When a field counts; those without an entry always do. */
const CONDITIONS: Partial<Record<TuneField, (values: TuneValues) => boolean>> = {
  models: ({ candidates }) => candidates === "own",
  maxModelSize: ({ candidates }) => candidates === "list",
  minModelSize: ({ candidates }) => candidates === "list",
  simulatedProfile: ({ provider }) => provider === SIMULATED,
  restartForeground: ({ drain }) => drain,
  ...axisFields(
    (axis) =>
      ({ provider }: TuneValues) =>
        withAxis(provider, axis).length > 0,
  ),
};

/** False for a field that the other fields make meaningless: it is neither shown nor passed on. */
export const isUsed = (field: TuneField, values: TuneValues): boolean =>
  (CONDITIONS[field]?.(values) ?? true) &&
  (!OWN_SETTINGS.includes(SETTING_OF[field]) || readsSetting(values.method, SETTING_OF[field]) === true);

/** Advanced fields that differ from their defaults and count: what hiding them must not hide. */
export function changedAdvanced(values: TuneValues): TuneField[] {
  return ADVANCED_FIELDS.filter((field) => isUsed(field, values) && values[field] !== DEFAULT_VALUES[field]);
}

/** What a field is called. */
export const TITLES: Record<TuneField, string> = {
  provider: "Provider",
  simulatedProfile: "Simulated Machine",
  targetContext: "Target Context",
  candidates: "Candidates",
  models: "Models",
  maxModelSize: "Largest Model",
  minModelSize: "Smallest Model",
  method: "Method",
  stage2Replicates: "Requests per Cell",
  tpsTieEpsilon: "Tie",
  ...axisFields((_, { field }) => field),
  gateTtftMs: "TTFT Gate",
  maxTokens: "Tokens per Request",
  maxDuration: "Time Limit",
  readyTimeout: "Load Limit",
  port: "Port",
  drain: "Drain",
  restartForeground: "Restart Foreground",
  offline: "Offline",
  apply: "Apply",
};
