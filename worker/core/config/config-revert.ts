// Take an application back, field by field: the owned keys get what they held before it, later edits of other keys stay.
// Source: contract §12. Where the surroundings are unchanged, the original bytes come back.
import { contradictions } from "./config-edit.ts";
import { holds } from "./config-field.ts";
import type { Refusal, Refused } from "./config-refusals.ts";
import { readConfig, type ConfigText } from "./config-source.ts";
import { editStep, removal, spliced, type ConfigEdit } from "./config-step.ts";
import { reinsert } from "./config-reinsert.ts";
import type { ConfigChanges, ConfigValue, OwnedKey } from "./config-values.ts";

/** `before` is what the file holds now, `after` what the reversion puts back. */
export interface FieldChange {
  key: OwnedKey;
  before: ConfigValue;
  after: ConfigValue;
  /** 1-based. */
  line: number;
}

export type RevertPlan =
  | { state: "refused"; refusals: Refusal[]; edited: OwnedKey[] }
  | { state: "unchanged" }
  | { state: "change"; text: string; bytes: Uint8Array; edits: FieldChange[]; edited: OwnedKey[] };

/**
 * Plan a reversion.
 * @param current the file's bytes now; empty if it is gone
 * @param application what that application did, as it was stored
 * @param options.force also put back keys that were edited since
 * @returns `edited` lists the keys that hold neither the applied nor the earlier value
 */
export function planRevert(
  current: Uint8Array | string,
  application: { edits: ConfigEdit[] },
  options: { force?: boolean } = {},
): RevertPlan {
  const read = readConfig(current);
  if (!read.ok) return { state: "refused", refusals: read.refusals, edited: [] };
  const { config } = read;
  const open = application.edits.filter(({ key, before }) => !holds(config.fields.get(key), before));
  if (open.length === 0) return { state: "unchanged" };
  const edited = open.filter(({ key, after }) => !holds(config.fields.get(key), after)).map(({ key }) => key);
  const changes = Object.fromEntries(open.map(({ key, before }) => [key, before])) as ConfigChanges;
  const refusals = [
    ...(options.force === true ? [] : edited.map((key) => editedSince(config, key))),
    ...contradictions(config, changes),
  ];
  if (refusals.length > 0) return { state: "refused", refusals, edited };
  return undoAll(config, open, edited);
}

function editedSince(config: ConfigText, key: OwnedKey): Refusal {
  const line = config.fields.get(key)?.line ?? null;
  return {
    line,
    reason: `${key} was ${line === null ? "removed" : "edited"} after that recipe was applied`,
    remedy: "Repeat with --force to put the earlier value back, or leave the file as it is",
    remedies: [{ kind: "flag", flag: "--force", lifts: "edited" }],
  };
}

// Last edit first: each undo then meets the very text that its edit left behind.
function undoAll(config: ConfigText, open: ConfigEdit[], edited: OwnedKey[]): RevertPlan {
  let current = config;
  const edits: FieldChange[] = [];
  for (const edit of open.toReversed()) {
    const before = current.fields.get(edit.key)?.value ?? null;
    const step = undoStep(current, edit);
    if (!step.ok) return { state: "refused", refusals: step.refusals, edited };
    current = step.config;
    const line = current.fields.get(edit.key)?.line ?? edit.line;
    edits.unshift({ key: edit.key, before, after: edit.before, line });
  }
  return { state: "change", text: current.text, bytes: new TextEncoder().encode(current.text), edits, edited };
}

function undoStep(config: ConfigText, edit: ConfigEdit): { ok: true; config: ConfigText } | Refused {
  const exact = undoExactly(config, edit);
  if (exact !== null) return { ok: true, config: exact };
  const asItStood = editStep(config, edit.key, edit.before, writtenBefore(edit.undo));
  return asItStood.ok ? asItStood : editStep(config, edit.key, edit.before);
}

/** The value's own text before the edit: 0x8 and 10_000 would come back as text if they were written anew. */
function writtenBefore(undo: ConfigEdit["undo"]): string | null {
  if (undo.kind === "added") return null;
  const value = undo.kind === "value" ? undo.before : /^\s*(?:"[^"]*"|'[^']*'|\w+)[ \t]*:([^]*)$/.exec(undo.head)?.[1];
  return value?.trim() || null;
}

/** Put the recorded bytes back. @returns null where the file has become too different for that */
function undoExactly(config: ConfigText, { key, before, undo }: ConfigEdit): ConfigText | null {
  const field = config.fields.get(key);
  if (undo.kind === "removed") return field === undefined ? reinsert(config, key, before, undo) : null;
  if (field === undefined || field.obstacle !== null) return null;
  if (undo.kind === "value") {
    const splice = { start: field.fieldStart, end: field.fieldEnd, insert: undo.before };
    return spliced(config, splice, key, before);
  }
  // A last line without a break takes the one before it along: the file goes on ending as it does today.
  return field.sharesLine ? null : spliced(config, removal(config.text, field, true), key, before);
}
