// What Find Best Recipe remembers between launches: the form as it was left, and the user's presets.
import { LocalStorage } from "@raycast/api";
import type * as z from "zod";
import { type Preset, presetsSchema } from "./presets.ts";
import { DEFAULT_VALUES, type TuneValues, tuneValuesSchema } from "./tune-form.ts";

const VALUES_KEY = "tune-values";
const PRESETS_KEY = "tune-presets";

/** The form as it was left; the defaults at the first launch. @throws Error if what is stored cannot be read */
export const rememberedValues = (): Promise<TuneValues> => read(VALUES_KEY, tuneValuesSchema, DEFAULT_VALUES);

/** Keep the form as it is now. */
export const rememberValues = (values: TuneValues): Promise<void> =>
  LocalStorage.setItem(VALUES_KEY, JSON.stringify(values));

/** The user's own presets, by name. @throws Error if what is stored cannot be read */
export const storedPresets = (): Promise<Preset[]> => read(PRESETS_KEY, presetsSchema, []);

/** Change the stored presets: they are read anew, as another window may have changed them. @returns what is stored now */
export async function changePresets(change: (presets: Preset[]) => Preset[]): Promise<Preset[]> {
  const changed = change(await storedPresets());
  await LocalStorage.setItem(PRESETS_KEY, JSON.stringify(changed));
  return changed;
}

async function read<T>(key: string, schema: z.ZodType<T>, fallback: T): Promise<T> {
  const text = await LocalStorage.getItem<string>(key);
  return text === undefined ? fallback : schema.parse(JSON.parse(text));
}
