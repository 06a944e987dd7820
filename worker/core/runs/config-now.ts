// Whether a config still holds what an application wrote into it: other programs, editors and git write there, too.
// Source: contract §12, §15 (what is claimed of a recipe is what holds now).
import { holds } from "../config/config-field.ts";
import type { ConfigNow } from "../config/config-now-text.ts";
import { recipeChanges } from "../config/config-plan.ts";
import { configPrint } from "../config/config-print.ts";
import { reasonText } from "../config/config-refusals.ts";
import { readConfig } from "../config/config-source.ts";
import { OWNED_KEYS, type ConfigChanges, type ConfigValue } from "../config/config-values.ts";
import type { Knobs } from "../knobs.ts";
import { isProviderId, PROVIDERS } from "../../providers/index.ts";
import { maskByLook } from "../secrets/mask-look.ts";
import type { ApplicationRow } from "./read-model.ts";

/** What reading a config brought: its bytes, none where there is no file, or why it cannot be read, a clause. */
export type ConfigLook = { bytes: Uint8Array } | { why: string };

/** Compare what was written (null = that is not known) with what the file holds. Values as they may be shown. */
export function configNow(look: ConfigLook, written: ConfigChanges | null): ConfigNow {
  const nothing = { differences: [], why: null, sha256: null };
  if ("why" in look) return { ...nothing, state: "unreadable", why: look.why };
  const sha256 = configPrint(look.bytes);
  if (sha256 === null) return { ...nothing, state: "gone" };
  if (written === null)
    return { ...nothing, state: "unreadable", why: "what was written is not known any more", sha256 };
  const read = readConfig(look.bytes);
  if (!read.ok) return { ...nothing, state: "unreadable", why: read.refusals.map(reasonText).join("; "), sha256 };
  const { fields } = read.config;
  const differences = OWNED_KEYS.flatMap((key) => {
    const applied = written[key];
    if (applied === undefined || holds(fields.get(key), applied)) return [];
    return [{ key, applied: shown(applied), now: shown(fields.get(key)?.value ?? null) }];
  });
  return { state: differences.length === 0 ? "holds" : "differs", differences, why: null, sha256 };
}

const shown = (value: ConfigValue): ConfigValue => (typeof value === "string" ? maskByLook(value) : value);

/** An unknown provider, of another version: its model alone. */
const keysOf = (provider: string) => (isProviderId(provider) ? PROVIDERS[provider].config.keys : []);

/**
 * What an application left in its config: what it edited, and what the file held already of its recipe.
 * @param knobs of the recipe; null where its run is gone
 * @returns null in rows that cannot be read
 */
export function writtenBy(
  { model, provider, edits_json: edits }: Pick<ApplicationRow, "model" | "provider" | "edits_json">,
  knobs: Knobs | null,
): ConfigChanges | null {
  if (edits === null) return null;
  const recipe = knobs === null ? { model } : recipeChanges({ model, knobs, keys: keysOf(provider) });
  return { ...recipe, ...Object.fromEntries(edits.map(({ key, after }) => [key, after])) };
}
