// Keys of the user that stay as they are and that a recipe contradicts: a draft model, and where an owned value came from.
// Source: contract §12 (every other key belongs to the user). Their values are never told.
import { isScalar } from "yaml";
import { lineOf, type ConfigText } from "./config-source.ts";
import type { OwnedKey } from "./config-values.ts";

/** Sentences for the user. @param changed owned keys that the recipe changes */
export function contradictedNotes(config: ConfigText, changed: readonly OwnedKey[]): string[] {
  const draft = lineOfKey(config, "draft_model");
  const stale = changed.flatMap((key) =>
    [...new Set([key, key.replace(/_override$/, "")])].flatMap((stem) => {
      const name = `${stem}_provenance`;
      const line = lineOfKey(config, name);
      return line === null
        ? []
        : [`${name} (line ${line}) stays as it is, and tells where the value before came from; ${key} changes.`];
    }),
  );
  if (draft === null) return stale;
  const told = `draft_model (line ${draft}) stays as it is: the recipe was measured without a draft model, so its figures do not hold with one.`;
  return [told, ...stale];
}

/** 1-based; null where the key is missing or has no value. */
function lineOfKey({ text, root }: ConfigText, name: string): number | null {
  const pair = root?.items.find(({ key }) => isScalar(key) && key.value === name);
  if (pair === undefined || pair.value === null) return null;
  if (isScalar(pair.value) && (pair.value.value === null || pair.value.value === "")) return null;
  return lineOf(text, pair.key.range?.[0] ?? 0);
}
