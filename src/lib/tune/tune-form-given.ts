// What another command or a link hands to the form. Anyone can type a link: each flag is checked as the form's field would be, a wrong one is
// named, and the others are used. Source: contract §14 (the form), §3 (limits).
import * as z from "zod";
import { quoted } from "../../../worker/core/settings/setting-kinds.ts";
import { fromFlags } from "../../../worker/core/settings/setting-sources.ts";
import { flagsIn, valuesOf, type Flag } from "./tune-flags.ts";
import { SETTING_OF, tuneValuesSchema, type TuneValues } from "./tune-form.ts";

export interface GivenValues {
  /** Null = these are no flags at all. */
  values: TuneValues | null;
  /** What could not be used, a clause each. */
  refused: string[];
}

/** @param flags of `run`, as handed over */
export function givenValues(flags: unknown): GivenValues {
  const words = z.array(z.string()).safeParse(flags);
  if (!words.success) return { values: null, refused: ["flags: this is no list of words"] };
  const all = flagsIn(words.data).map((flag) => ({ words: flag.words, problem: problemOf(flag) }));
  const { values, rest } = valuesOf(all.flatMap(({ words, problem }) => (problem === null ? words : [])));
  const refused = all.flatMap(({ problem }) => problem ?? []);
  return { values, refused: rest.length === 0 ? refused : [...refused, rest.join(" ")] };
}

/** Of a flag that the form has a field for. */
function problemOf({ name, value, words }: Flag): string | null {
  if (!Object.values<string>(SETTING_OF).includes(name)) return null;
  const [problem] = fromFlags({ [name]: value }).problems;
  if (problem !== undefined) return problem;
  const { values } = valuesOf(words);
  const fits = JSON.stringify(tuneValuesSchema.parse(values)) === JSON.stringify(values);
  return fits ? null : `--${name}: the form cannot hold ${quoted(String(value))}`;
}
