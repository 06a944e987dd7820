// Where one owned key lies in the text, byte by byte, and whether those bytes can be edited safely.
import { isAlias, isScalar } from "yaml";
import type { CST, Node, Pair } from "yaml";
import type { ConfigValue, OwnedKey, Quote } from "./config-values.ts";

/** Offsets into the text; a line ends before its line break and `next` lies behind it. */
export interface OwnedField {
  key: OwnedKey;
  /** 1-based. */
  line: number;
  value: ConfigValue;
  /** The scalar's own text, unquoted; null if it is no scalar. */
  scalar: string | null;
  lineStart: number;
  keyStart: number;
  lineEnd: number;
  next: number;
  /** From right behind the colon to the end of the value: the bytes that an edit of the value replaces. */
  fieldStart: number;
  fieldEnd: number;
  quote: Quote;
  /** Why the value cannot be replaced, as the end of a sentence; null if it can. */
  obstacle: string | null;
  /** The line carries something else than this key and a comment, so it cannot be removed. */
  sharesLine: boolean;
}

/** Locate an owned key of the top-level mapping. */
export function locateField(
  text: string,
  key: OwnedKey,
  pair: Pair<Node, Node | null>,
  line: number,
  flow: boolean,
): OwnedField {
  const keyStart = pair.key.range?.[0] ?? 0;
  const { lineStart, lineEnd, next } = lineAround(text, keyStart);
  const token = pair.srcToken;
  const colon = token?.sep?.find(({ type }) => type === "map-value-ind")?.offset;
  const fieldStart = colon === undefined ? (pair.key.range?.[1] ?? keyStart) : colon + 1;
  const [valueStart, valueEnd] = pair.value?.range ?? [fieldStart, fieldStart];
  // An empty value's own place may lie lines below: what counts is the colon.
  const fieldEnd = isScalar(pair.value) && valueStart === valueEnd ? fieldStart : valueEnd;
  const around = text.slice(lineStart, keyStart) + text.slice(fieldEnd, Math.max(fieldEnd, lineEnd));
  const obstacle =
    keyObstacle(pair.key, token, colon) ??
    valueObstacle(pair.value, token) ??
    (Math.max(fieldStart, fieldEnd) > lineEnd ? "spans several lines" : null);
  return {
    ...{ key, line, value: valueOf(pair.value), scalar: scalarOf(pair.value) },
    ...{ lineStart, keyStart, lineEnd, next, fieldStart, fieldEnd, quote: quoteOf(pair.value), obstacle },
    sharesLine: flow || !/^[ \t]*(#.*)?$/.test(around),
  };
}

/** The bounds of the line around an offset, without its line break and without a byte order mark. */
export function lineAround(text: string, offset: number): { lineStart: number; lineEnd: number; next: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const lineFeed = text.indexOf("\n", offset);
  const lineStart = start === 0 && text.startsWith("\ufeff") ? 1 : start;
  if (lineFeed === -1) return { lineStart, lineEnd: text.length, next: text.length };
  return { lineStart, lineEnd: text[lineFeed - 1] === "\r" ? lineFeed - 1 : lineFeed, next: lineFeed + 1 };
}

/** True if the config says so already; a number must be written as we would write it, for 010 is 8 or 10 by parser. */
export function holds(field: OwnedField | undefined, wanted: ConfigValue): boolean {
  if (wanted === null || field === undefined || field.value === null) return wanted === (field?.value ?? null);
  return field.scalar === String(wanted);
}

function keyObstacle(key: Node, token: CST.CollectionItem | undefined, colon: number | undefined): string | null {
  if (isAlias(key)) return "is named by an alias";
  const start = token?.start.find(({ type }) => type === "anchor" || type === "tag" || type === "explicit-key-ind");
  if (start)
    return start.type === "explicit-key-ind"
      ? "is written with an explicit key (?)"
      : `has a key with ${an(start.type)}`;
  return colon === undefined ? "has no colon" : null;
}

function valueObstacle(value: Node | null, token: CST.CollectionItem | undefined): string | null {
  if (isAlias(value)) return "is an alias of another value";
  const property = token?.sep?.find(({ type }) => type === "anchor" || type === "tag");
  if (property) return `has a value with ${an(property.type)}`;
  if (value !== null && !isScalar(value)) return "has a value that is no single value";
  if (value?.type === "BLOCK_LITERAL" || value?.type === "BLOCK_FOLDED") return "has a block of text as its value";
  return null;
}

function an(property: string): string {
  return property === "anchor" ? "an anchor (&)" : "a tag (!)";
}

function valueOf(value: Node | null): ConfigValue {
  if (!isScalar(value)) return value === null ? null : "(not a single value)";
  if (value.value === null) return null;
  const scalar = scalarOf(value) ?? "";
  return typeof value.value === "number" && String(value.value) === scalar ? value.value : scalar;
}

function scalarOf(value: Node | null): string | null {
  if (!isScalar(value)) return null;
  return value.source ?? String(value.value);
}

function quoteOf(value: Node | null): Quote {
  if (!isScalar(value)) return "plain";
  return value.type === "QUOTE_SINGLE" ? "single" : value.type === "QUOTE_DOUBLE" ? "double" : "plain";
}
