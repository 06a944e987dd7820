// Which files can be edited at all, and where in them the owned keys lie: bytes -> text -> places of keys and values.
// Source: contract §12. Places are offsets into the text, so that an edit touches nothing else.
import { Composer, isAlias, isMap, isScalar, LineCounter, Parser } from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { locateField, type OwnedField } from "./config-field.ts";
import { keyName, mergedKeys } from "./config-merge.ts";
import { MAX_CONFIG_BYTES } from "./config-print.ts";
import { isTooMuchYaml, MOST_DEPTH, MOST_TOKENS } from "../text/yaml-size.ts";
import { doesNotParse, duplicateKey, refused, type Refusal, type Refused } from "./config-refusals.ts";
import { isOwnedKey, type OwnedKey } from "./config-values.ts";

export interface ConfigText {
  text: string;
  /** null = an empty file, or comments only: a mapping without keys. */
  root: YAMLMap<Node, Node | null> | null;
  fields: Map<OwnedKey, OwnedField>;
  /** Keys that fix the weights whatever `model` says, with their 1-based lines. */
  pins: { key: string; line: number }[];
  /** Owned keys that a merge key provides, with the line of the merge key; a key of the top level beats them. */
  merged: Map<OwnedKey, number>;
  /** Offset of the `...` marker, else the length of the text. */
  end: number;
}

export type ReadResult = { ok: true; config: ConfigText } | Refused;

/** Read a config file without losing a byte: `text` encodes back to exactly the source. */
export function readConfig(source: Uint8Array | string): ReadResult {
  const decoded = decode(source);
  return typeof decoded === "string" ? readText(decoded) : refused(decoded);
}

/** 1-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

function decode(source: Uint8Array | string): string | Refusal {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const whole = (reason: string, remedy: string): Refusal => ({ line: null, reason, remedy });
  if (bytes.length > MAX_CONFIG_BYTES)
    return whole(`the file has ${bytes.length} bytes, more than 1 MiB`, "Check that this is the provider's config");
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return whole("the file is UTF-16", "Save it as UTF-8");
  if (typeof source === "string") return source.isWellFormed() ? source : whole("the text is not Unicode", "Mend it");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return whole("the file is not UTF-8", "Save it as UTF-8");
  }
}

// YAML 1.1 parsers break lines at these, YAML 1.2 parsers do not: what is a comment for one is a key for the other.
const AMBIGUOUS = /(?![\t\n\r])\p{Cc}|[\u2028\u2029]|\r(?!\n)/u;

function readText(text: string): ReadResult {
  const odd = AMBIGUOUS.exec(text);
  if (odd) {
    const code = `U+${odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    const name = odd[0] === "\0" ? "a NUL byte" : odd[0] === "\r" ? "a carriage return that ends no line" : code;
    return refused({ line: lineOf(text, odd.index), reason: `there is ${name} in the file`, remedy: "Remove it" });
  }
  if (isTooMuchYaml(text))
    return refused({
      line: null,
      reason: `the file has more than ${MOST_TOKENS} words and signs, or brackets ${MOST_DEPTH} deep`,
      remedy: "Check that this is the provider's config",
    });
  try {
    return readDocument(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(doesNotParse(1, "nested too deeply"));
  }
}

function readDocument(text: string): ReadResult {
  const tokens = [...new Parser().parse(text)];
  const options = { keepSourceTokens: true, uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;
  const [document, second] = [...new Composer(options).compose(tokens, true, text.length)];
  if (document === undefined) return refused(doesNotParse(1, "no document"));
  const error = [...document.errors, ...(second?.errors ?? [])][0];
  if (error) return refused(doesNotParse(lineOf(text, error.pos[0]), error.code));
  if (second)
    return refused({
      line: lineOf(text, second.range[0]),
      reason: "a second document begins here",
      remedy: "Keep one document in the file",
    });
  const end = tokens.find((token) => token.type === "doc-end")?.offset ?? text.length;
  const root: Node | null = document.contents;
  if (isMap(root)) return describe(text, document, root as YAMLMap<Node, Node | null>, end);
  if (root === null || (isScalar(root) && isEmptyScalar(root)))
    return { ok: true, config: { text, root: null, fields: new Map(), pins: [], merged: new Map(), end } };
  const line = lineOf(text, root.range?.[0] ?? 0);
  return refused({ line, reason: "the top level is no mapping", remedy: "Check that this is the provider's config" });
}

function isEmptyScalar(node: Node): boolean {
  return node.range?.[0] === node.range?.[1] && isScalar(node) && node.anchor === undefined && node.tag === undefined;
}

function describe(text: string, document: Document, root: YAMLMap<Node, Node | null>, end: number): ReadResult {
  const config: ConfigText = { text, root, fields: new Map(), pins: [], merged: new Map(), end };
  const refusals: Refusal[] = [];
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  for (const pair of root.items) {
    const name = keyName(pair.key, document);
    if (name === null || !(isOwnedKey(name) || name === "<<" || PIN.test(name))) continue;
    const line = lines.linePos(pair.key.range?.[0] ?? 0).line;
    if (isOwnedKey(name)) {
      const first = config.fields.get(name);
      if (first) refusals.push(duplicateKey(line, name, first.line));
      else config.fields.set(name, locateField(text, name, pair, line, root.flow === true));
    } else if (name === "<<") noteMerged(config, pair, document, line, refusals);
    else if (isPin(name, pair.value)) config.pins.push({ key: name, line });
  }
  return refusals.length > 0 ? refused(...refusals) : { ok: true, config };
}

function noteMerged(
  config: ConfigText,
  pair: Pair<Node, Node | null>,
  document: Document,
  line: number,
  out: Refusal[],
) {
  const merged = mergedKeys(pair.value, document);
  if (merged === null) {
    out.push({ line, reason: "the merge key (<<) leads to no mapping", remedy: "Mend the merge key" });
    return;
  }
  const own = new Set(config.root?.items.map(({ key }) => keyName(key, document)));
  for (const [name, value] of merged) {
    if (isOwnedKey(name)) config.merged.set(name, line);
    else if (isPin(name, value) && !own.has(name)) config.pins.push({ key: name, line });
  }
}

/** Pinned weights stay in place when only `model` changes. Source: contract §12. */
const PIN = /^model_artifact_(path|sha256)$|^model_catalog_/;

function isPin(name: string, value: Node | null): boolean {
  if (!PIN.test(name)) return false;
  return value !== null && (isAlias(value) || !isScalar(value) || (value.value !== null && value.value !== ""));
}
