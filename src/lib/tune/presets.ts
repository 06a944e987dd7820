// Presets of Find Best Recipe: values of the form under a name, the user's own and a few that come with it. Pure.
import * as z from "zod";
import { SIMULATED } from "../../../worker/providers/index.ts";
import { DEFAULT_VALUES, tuneValuesSchema, type TuneValues } from "./tune-form.ts";

export const presetSchema = z.object({ name: z.string().min(1), values: tuneValuesSchema });
export type Preset = z.output<typeof presetSchema>;
export const presetsSchema = z.array(presetSchema);

const preset = (name: string, values: Partial<TuneValues>): Preset => ({
  name,
  values: { ...DEFAULT_VALUES, ...values },
});

/** Their names are taken. */
export const BUILT_IN: Preset[] = [
  preset("Quick Look on the Simulator", { provider: SIMULATED, maxDuration: "600" }),
  // A long prompt takes minutes to read: the usual gate of 60 s would refuse models that serve it well.
  preset("Long Context 32k", { targetContext: "32000", gateTtftMs: "180000", maxDuration: "14400" }),
  preset("Several Requests at Once", { targetContext: "4000", maxBatchAxis: "1,2,4,8" }),
  preset("Models on Disk, Offline", { candidates: "cached", offline: true }),
];

/** Longest name, in characters. */
const LONGEST_NAME = 60;

/** @returns what is wrong with a name, or null; a preset of the user's own may be replaced */
export function nameProblem(name: string): string | null {
  const wanted = name.trim();
  if (wanted === "") return "Give the preset a name";
  if (wanted.length > LONGEST_NAME) return `At most ${LONGEST_NAME} characters`;
  return BUILT_IN.some((one) => same(one.name, wanted)) ? "This name belongs to a preset that comes with it" : null;
}

/** The preset of that name, whatever its case. */
export const named = (presets: readonly Preset[], name: string): Preset | undefined =>
  presets.find((one) => same(one.name, name));

/** Add a preset, or replace that of the same name; by name. */
export function withPreset(presets: readonly Preset[], added: Preset): Preset[] {
  return [...withoutPreset(presets, added.name), added].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

export function withoutPreset(presets: readonly Preset[], name: string): Preset[] {
  return presets.filter((one) => !same(one.name, name));
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();
