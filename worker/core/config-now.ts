// Whether a config still holds what an application wrote into it: other programs, editors and git write there, too.
// Source: contract §12, §15 (what is claimed of a recipe is what holds now).
import { holds } from "./config-field.ts";
import { maskByLook } from "./mask-look.ts";
import { readConfig } from "./config-source.ts";
import type { ConfigEdit } from "./config-step.ts";
import type { ConfigValue } from "./config-values.ts";

/** holds: all that was written. differs: see `differences`. gone: no file, or an empty one. unreadable: no YAML that can be told. */
export interface ConfigNow {
  state: "holds" | "differs" | "gone" | "unreadable";
  differences: { key: string; applied: ConfigValue; now: ConfigValue }[];
}

/** Compare what was applied with the file's bytes. Values as they may be shown. */
export function configNow(source: Uint8Array, edits: readonly ConfigEdit[]): ConfigNow {
  if (new TextDecoder("latin1").decode(source).trim() === "") return { state: "gone", differences: [] };
  const read = readConfig(source);
  if (!read.ok) return { state: "unreadable", differences: [] };
  const shown = (value: ConfigValue) => (typeof value === "string" ? maskByLook(value) : value);
  const differences = edits
    .filter(({ key, after }) => !holds(read.config.fields.get(key), after))
    .map(({ key, after }) => ({ key, applied: shown(after), now: shown(read.config.fields.get(key)?.value ?? null) }));
  return { state: differences.length === 0 ? "holds" : "differs", differences };
}

/** The end of a sentence about an applied recipe; "" where the config holds it. */
export function configNowText({ state, differences }: ConfigNow): string {
  if (state === "holds") return "";
  if (state === "gone") return "; BUT THE FILE IS GONE OR EMPTY NOW";
  if (state === "unreadable") return "; but the file cannot be read as YAML now";
  const list = differences.map(
    ({ key, applied, now }) => `${key} is ${now ?? "unset"} (applied: ${applied ?? "unset"})`,
  );
  return `; BUT THE FILE SAYS SOMETHING ELSE NOW: ${list.join(", ")}`;
}
