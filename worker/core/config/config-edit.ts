// Set or remove the owned keys of a provider's config; every other byte stays as it is. What cannot be edited safely is refused.
// Source: contract §12. Removing a line that carries a comment leaves the comment, on a line of its own.
import { holds } from "./config-field.ts";
import { mergedKey, pinnedWeights, refused, type Refusal, type Refused } from "./config-refusals.ts";
import { readConfig, type ConfigText } from "./config-source.ts";
import { editStep, type ConfigEdit } from "./config-step.ts";
import { OWNED_KEYS, type ConfigChanges } from "./config-values.ts";

export type EditResult = { ok: true; text: string; bytes: Uint8Array; edits: ConfigEdit[] } | Refused;

/**
 * Edit a config.
 * @param source the file's bytes; empty for a file that does not exist yet
 * @param changes null removes a key; keys that are left out stay as they are
 * @returns the new text with what was done (no edits: nothing to change), or every reason why not
 */
export function editConfig(source: Uint8Array | string, changes: ConfigChanges): EditResult {
  const read = readConfig(source);
  return read.ok ? editRead(read.config, changes) : read;
}

/** The same for a config that has been read. */
export function editRead(config: ConfigText, changes: ConfigChanges): EditResult {
  const refusals = contradictions(config, changes);
  if (refusals.length > 0) return refused(...refusals);
  let current = config;
  const edits: ConfigEdit[] = [];
  for (const key of OWNED_KEYS) {
    const wanted = changes[key];
    if (wanted === undefined || holds(current.fields.get(key), wanted)) continue;
    const step = editStep(current, key, wanted);
    if (!step.ok) {
      refusals.push(...step.refusals);
      continue;
    }
    current = step.config;
    edits.push(step.edit);
  }
  if (refusals.length > 0) return refused(...refusals);
  return { ok: true, text: current.text, bytes: new TextEncoder().encode(current.text), edits };
}

/** What the config says elsewhere that would make the changes void: merged keys, pinned weights. */
export function contradictions(config: ConfigText, changes: ConfigChanges): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [key, line] of config.merged) {
    const [own, wanted] = [config.fields.get(key), changes[key]];
    // A key of the top level beats a merged one, for every reader; only its removal would let the merged one through.
    const isOwn = own !== undefined && (wanted !== null || own.value === null);
    if (wanted !== undefined && !isOwn) refusals.push(mergedKey(line, key));
  }
  const { model } = changes;
  if (model === undefined || holds(config.fields.get("model"), model)) return refusals;
  return [...refusals, ...config.pins.map((pin) => pinnedWeights(pin.line, pin.key))];
}
