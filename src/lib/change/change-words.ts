// The keys that a change writes, in words: each by its label, models by their short names. Pure. Source: contract §12.
import { shownChanges, type KeyChange } from "../../../worker/core/config/apply-text.ts";
import { KNOB_ROWS } from "../../../worker/core/knobs.ts";
import { shortModel } from "../../../worker/core/units.ts";
import type { Change } from "./change-document.ts";

export interface ChangeWords {
  label: string;
  /** "4 → unset". */
  text: string;
}

const LABELS = new Map<string, string>([
  ["model", "Model"],
  ...KNOB_ROWS.map(([key, { label }]) => [key, label] as const),
]);

/** Values as they may be shown. */
export function changeWords(change: KeyChange): ChangeWords {
  const [{ key, before, after } = change] = shownChanges([change]);
  const text = key === "model" ? modelText(before, after) : `${before ?? "unset"} → ${after ?? "unset"}`;
  return { label: LABELS.get(key) ?? key, text };
}

/** "KV Cache Bits: 4 → unset". */
export function changeLine(change: KeyChange): string {
  const { label, text } = changeWords(change);
  return `${label}: ${text}`;
}

/** The model, or from which to which; then each other key that changes. */
export function changeFacts({ model, changes }: Pick<Change, "model" | "changes">): ChangeWords[] {
  const words = changes.map(changeWords);
  return changes.some(({ key }) => key === "model") ? words : [{ label: "Model", text: shortModel(model) }, ...words];
}

/** Short names, unless only the whole ones tell the two apart. */
function modelText(before: KeyChange["before"], after: KeyChange["after"]): string {
  const short = [before, after].map((value) => (value === null ? "unset" : shortModel(String(value))));
  const [was, now] = short[0] === short[1] ? [before ?? "unset", after ?? "unset"] : short;
  return `${was} → ${now}`;
}
