// What of a config file may be shown: secrets are masked by the key they stand under, on every line they take.
// Source: contract §12 (a diff is shown) and §15 (no key in output or logs). Rather masks too much than too little.
import { Composer, isAlias, isNode, isScalar, Parser, visit } from "yaml";
import type { Document, Node, YAMLMap } from "yaml";
import { MASK, maskByLook } from "../secrets/mask-look.ts";
import { isTooMuchYaml } from "../text/yaml-size.ts";

const SECRET_KEY = /token|secret|key|password|passwd|credential|authorization/i;

/**
 * Mask secrets, line by line.
 * @param text need not be valid YAML; what does not parse is masked by the look of its lines
 * @returns as many lines as the text has, without line breaks
 */
export function maskedLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const starts = lineStarts(text);
  const covers = new Map<number, Cover>();
  for (const [from, to] of secretRanges(text))
    for (let index = lineAt(starts, from); index < lines.length && (starts[index] ?? 0) < to; index += 1) {
      const cover = coverOf(lines[index] ?? "", starts[index] ?? 0, from, to);
      if (cover !== null) covers.set(index, joined(covers.get(index), cover));
    }
  return lines.map((line, index) => maskByLook(covered(line, covers.get(index))));
}

/** What of a line is hidden: all between its first `head` and its last `rest` characters. */
interface Cover {
  head: number;
  rest: number;
}

function coverOf(line: string, lineStart: number, from: number, to: number): Cover | null {
  const head = from > lineStart ? Math.min(from - lineStart, line.length) : (/^\s*/.exec(line)?.[0].length ?? 0);
  const rest = Math.max(0, lineStart + line.length - to);
  return line.length > head ? { head, rest } : null;
}

/** Two secrets in one line hide all from the first on. */
const joined = (known: Cover | undefined, cover: Cover): Cover =>
  known === undefined ? cover : { head: Math.min(known.head, cover.head), rest: 0 };

const covered = (line: string, cover: Cover | undefined): string =>
  cover === undefined ? line : line.slice(0, cover.head) + MASK + line.slice(line.length - cover.rest);

function secretRanges(text: string): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  if (isTooMuchYaml(text)) return ranges;
  try {
    const options = { uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;
    for (const document of new Composer(options).compose(new Parser().parse(text), true, text.length))
      ranges.push(...secretsIn(document));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return ranges;
}

function secretsIn(document: Document): [number, number][] {
  const stands = aliasesOf(document);
  const secrets = new Set<Node>();
  const Map = (_: unknown, map: unknown) => {
    for (const value of secretsOf(map as YAMLMap<Node, Node | null>)) {
      const node = isAlias(value) ? stands.get(value) : value;
      if (node) secrets.add(node);
    }
  };
  visit(document, { Map });
  return [...secrets].flatMap(({ range }): [number, number][] => (range ? [[range[0], range[1]]] : []));
}

/** What each alias stands for: the nearest anchor of its name before it. In one walk; `resolve` walks the document for each. */
function aliasesOf(document: Document): Map<Node, Node> {
  const anchored = new Map<string, Node>();
  const stands = new Map<Node, Node>();
  visit(document, (_, node) => {
    if (!isNode(node)) return;
    const source = isAlias(node) ? anchored.get(node.source) : undefined;
    if (source !== undefined) stands.set(node, source);
    if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
  });
  return stands;
}

function secretsOf({ items }: YAMLMap<Node, Node | null>): (Node | null)[] {
  const isNamed = (item: Node | null, pattern: RegExp) => isScalar(item) && pattern.test(String(item.value));
  // An environment may be written as a list of { name, value }.
  const named = items.some(({ key, value }) => isNamed(key, /^name$/i) && isNamed(value, SECRET_KEY));
  const secret = items.filter(({ key }) => isNamed(key, SECRET_KEY) || (named && isNamed(key, /^value$/i)));
  return secret.map(({ value }) => value);
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the line that holds an offset, by bisection. */
function lineAt(starts: number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
