// What of a config file may be shown: secrets are masked by the key they stand under, on every line they take.
// Source: contract §12 (a diff is shown) and §15 (no key in output or logs). Rather masks too much than too little.
import { Composer, isAlias, isScalar, Parser, visit } from "yaml";
import type { Document, Node, YAMLMap } from "yaml";
import { MASK, maskByLook } from "./mask-look.ts";

const SECRET_KEY = /token|secret|key|password|passwd|credential|authorization/i;

/**
 * Mask secrets, line by line.
 * @param text need not be valid YAML; what does not parse is masked by the look of its lines
 * @returns as many lines as the text has, without line breaks
 */
export function maskedLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const starts = lineStarts(text);
  const shown = [...lines];
  for (const [from, to] of secretRanges(text))
    for (let index = lineAt(starts, from); index < lines.length && (starts[index] ?? 0) < to; index += 1) {
      const line = lines[index] ?? "";
      const lineStart = starts[index] ?? 0;
      const head = from > lineStart ? line.slice(0, from - lineStart) : (/^\s*/.exec(line)?.[0] ?? "");
      const rest = to < lineStart + line.length ? line.slice(to - lineStart) : "";
      if (line.length > head.length) shown[index] = cover(shown[index] ?? "", line, head, rest);
    }
  return shown.map(maskByLook);
}

// A line that was covered before keeps the shorter head: two secrets in one { } line hide all that is between them.
function cover(shown: string, line: string, head: string, rest: string): string {
  if (shown === line) return head + MASK + rest;
  const covered = shown.indexOf(MASK);
  return (covered < head.length ? shown.slice(0, covered) : head) + MASK;
}

function secretRanges(text: string): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  try {
    const options = { uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;
    for (const document of new Composer(options).compose(new Parser().parse(text), true, text.length))
      visit(document, { Map: (_, map) => void ranges.push(...secretsOf(map as YAMLMap<Node, Node | null>, document)) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return ranges;
}

function secretsOf({ items }: YAMLMap<Node, Node | null>, document: Document): [number, number][] {
  const isNamed = (item: Node | null, pattern: RegExp) => isScalar(item) && pattern.test(String(item.value));
  // An environment may be written as a list of { name, value }.
  const named = items.some(({ key, value }) => isNamed(key, /^name$/i) && isNamed(value, SECRET_KEY));
  const secret = items.filter(({ key }) => isNamed(key, SECRET_KEY) || (named && isNamed(key, /^value$/i)));
  return secret.flatMap(({ value }) => rangesOf(value, document));
}

/** Source ranges of a value; for an alias the place of what it stands for. */
function rangesOf(value: Node | null, document: Document): [number, number][] {
  const node = isAlias(value) ? value.resolve(document) : value;
  return node?.range ? [[node.range[0], node.range[1]]] : [];
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
