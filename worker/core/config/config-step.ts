// One edit of one owned key: the splice, the note that lets revert undo it byte by byte, and the proof that nothing else changed.
// Edits run one after the other, each on the text that the one before it left.
import { createHash } from "node:crypto";
import { isCollection, isPair, isScalar } from "yaml";
import * as z from "zod";
import { holds, lineAround, type OwnedField } from "./config-field.ts";
import {
  uneditableLine,
  uneditableBraces,
  changesTheRest,
  refused,
  type Refusal,
  type Refused,
} from "./config-refusals.ts";
import { sameExcept } from "./config-same.ts";
import { lineOf, readConfig, type ConfigText } from "./config-source.ts";
import { OWNED_KEYS, scalarText, type ConfigValue, type OwnedKey } from "./config-values.ts";

const fingerprintSchema = z.string().nullable();

/** How to undo an edit. Holds bytes of the owned key's own line only, never of a comment or of another key. */
const undoSchema = z.discriminatedUnion("kind", [
  /** The value was replaced: all bytes between the colon and the end of the value. */
  z.object({ kind: z.literal("value"), before: z.string() }),
  /** A line was added; `joined`: the file had no final line break, one was put before the line. */
  z.object({ kind: z.literal("added"), joined: z.boolean() }),
  /** The line was removed (with a comment on it: all before the comment, which stayed behind). */
  z.object({
    kind: z.literal("removed"),
    head: z.string(),
    lineBreak: z.string(),
    /** What the rest of the file used then; missing in applications of earlier versions. */
    fileBreak: z.string().optional(),
    comment: fingerprintSchema,
    place: z.object({ line: z.int().positive(), previous: fingerprintSchema, next: fingerprintSchema }),
  }),
]);
export type Undo = z.infer<typeof undoSchema>;

/** What was done to one key; kept in the database with the application. */
export const configEditSchema = z.object({
  key: z.enum(OWNED_KEYS),
  before: z.union([z.string(), z.number(), z.null()]),
  after: z.union([z.string(), z.number(), z.null()]),
  /** 1-based, in the text in which the key stands or stood. */
  line: z.int().positive(),
  undo: undoSchema,
});
export type ConfigEdit = z.infer<typeof configEditSchema>;

export interface Splice {
  start: number;
  end: number;
  insert: string;
}

export type StepResult = { ok: true; config: ConfigText; edit: ConfigEdit } | Refused;

/**
 * Set a key, or remove it with null. The key must not hold the value already.
 * @param written the value as it stood in the file once (0x8, 10_000); null = as we write it
 */
export function editStep(
  config: ConfigText,
  key: OwnedKey,
  wanted: ConfigValue,
  written: string | null = null,
): StepResult {
  const field = config.fields.get(key);
  if (field?.obstacle) return refused(uneditableLine(field.line, key, field.obstacle));
  const value = wanted === null ? null : (written ?? scalarText(wanted, field?.quote ?? "plain"));
  const draft = draftEdit(config, key, value, field);
  if (draft === null) return refused(noDraft(config, key, value));
  const edited = spliced(config, draft.splice, key, wanted);
  if (edited === null) return refused(changesTheRest(draft.line, key));
  const line = edited.fields.get(key)?.line ?? draft.line;
  return {
    ok: true,
    config: edited,
    edit: { key, before: field?.value ?? null, after: wanted, line, undo: draft.undo },
  };
}

function noDraft({ text, root, fields }: ConfigText, key: OwnedKey, value: string | null): Refusal {
  const line = fields.get(key)?.line ?? lineOf(text, root?.range?.[0] ?? 0);
  if (root?.flow !== true) return uneditableLine(line, key, "shares its line with something else");
  return uneditableBraces(line, key, value === null ? null : `${key}: ${value}`);
}

/** Carry out a splice and read the result again. @returns null unless it holds the wanted value and all else is as before */
export function spliced(config: ConfigText, splice: Splice, key: OwnedKey, wanted: ConfigValue): ConfigText | null {
  const text = config.text.slice(0, splice.start) + splice.insert + config.text.slice(splice.end);
  const read = readConfig(text);
  if (!read.ok || !holds(read.config.fields.get(key), wanted)) return null;
  return sameExcept(config, read.config, key) ? read.config : null;
}

/** 16 bits of a line's hash: enough to find the place again, too few to tell what stood there. null = no such line */
export function fingerprint(line: string | undefined): string | null {
  return line === undefined ? null : createHash("sha256").update(line).digest("hex").slice(0, 4);
}

/** The line break that the text uses where it uses any. */
export function lineBreakOf(text: string): string {
  const at = text.indexOf("\n");
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** Remove the line of a key; `joined` also takes the line break before it, if it is the last line and has none. */
export function removal(text: string, field: OwnedField, joined: boolean): Splice {
  const rest = text.slice(field.fieldEnd, field.lineEnd);
  const comment = rest.indexOf("#");
  if (comment !== -1) return { start: field.keyStart, end: field.fieldEnd + comment, insert: "" };
  const takesBreak = joined && field.next === text.length && field.lineEnd === text.length;
  const start = takesBreak ? lineAround(text, field.lineStart - 1).lineEnd : field.lineStart;
  return { start, end: field.next, insert: "" };
}

interface Draft {
  splice: Splice;
  undo: Undo;
  line: number;
}

function draftEdit(
  config: ConfigText,
  key: OwnedKey,
  value: string | null,
  field: OwnedField | undefined,
): Draft | null {
  if (value === null) return field === undefined || field.sharesLine ? null : draftRemoval(config.text, field);
  if (field === undefined) return config.root?.flow === true ? null : draftAddition(config, key, value);
  const before = config.text.slice(field.fieldStart, field.fieldEnd);
  const gap = /^[ \t]*/.exec(before)?.[0] ?? "";
  const insert = (before === "" ? " " : gap) + value;
  const splice = { start: field.fieldStart, end: field.fieldEnd, insert };
  return { splice, undo: { kind: "value", before }, line: field.line };
}

function draftRemoval(text: string, field: OwnedField): Draft {
  const splice = removal(text, field, false);
  const lines = text.split(/\r?\n/);
  const rest = lines[field.line - 1]?.slice(field.line === 1 ? field.lineStart : 0) ?? "";
  const hasComment = splice.start !== field.lineStart || splice.end < field.lineEnd;
  const kept = text.slice(field.lineStart, splice.start) + text.slice(splice.end, field.lineEnd);
  const undo: Undo = {
    kind: "removed",
    head: hasComment ? text.slice(splice.start, splice.end) : rest,
    lineBreak: text.slice(field.lineEnd, field.next),
    fileBreak: lineBreakOf(text.slice(0, splice.start) + text.slice(splice.end)),
    comment: hasComment ? fingerprint(kept) : null,
    place: { line: field.line, previous: fingerprint(lines[field.line - 2]), next: fingerprint(lines[field.line]) },
  };
  return { splice, undo, line: field.line };
}

function draftAddition(config: ConfigText, key: OwnedKey, value: string): Draft {
  const { offset, indent } = additionPlace(config);
  const lineBreak = lineBreakOf(config.text);
  const line = `${indent}${key}: ${value}`;
  const atLineStart = offset === 0 || config.text[offset - 1] === "\n" || config.text.slice(0, offset) === "\ufeff";
  const insert = atLineStart ? line + lineBreak : lineBreak + line;
  const splice = { start: offset, end: offset, insert };
  return { splice, undo: { kind: "added", joined: !atLineStart }, line: lineOf(config.text, offset) };
}

/** Behind the last owned key that is one plain line; else at the end of the mapping, before `...`. */
export function additionPlace({ text, fields, root, end }: ConfigText): { offset: number; indent: string } {
  const first = root?.items[0]?.key.range?.[0];
  const indent = first === undefined ? "" : (/^ */.exec(text.slice(lineAround(text, first).lineStart))?.[0] ?? "");
  const lines = [...fields.values()].filter((field) => field.obstacle === null && !field.sharesLine);
  if (lines.length > 0) return { offset: Math.max(...lines.map(({ next }) => next)), indent };
  const { lineStart } = lineAround(text, text.length);
  if (end < text.length || lineStart === text.length) return { offset: end, indent };
  const last = root?.items.at(-1);
  // Without a final line break a block of text at the end would be lengthened by one: go before it.
  if (last && endsInBlock(last.value)) return { offset: lineAround(text, last.key.range?.[0] ?? 0).lineStart, indent };
  return { offset: /^[ \t]*$/.test(text.slice(lineStart)) ? lineStart : end, indent };
}

function endsInBlock(value: unknown): boolean {
  if (isScalar(value)) return value.type === "BLOCK_LITERAL" || value.type === "BLOCK_FOLDED";
  const last = isCollection(value) ? value.items.at(-1) : undefined;
  return last !== undefined && endsInBlock(isPair(last) ? last.value : last);
}
