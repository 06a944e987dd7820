// Markdown as a reader of it sees it: which markup stands there, and the text that is left. Read by Prettier's parser (GFM, with autolinks).
import { parsers } from "prettier/plugins/markdown";

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** @returns every node, parents first */
export function nodesOf(markdown: string): Node[] {
  const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
  // The parser needs no options; its type wants them.
  return all(parsers.markdown.parse(markdown, {} as never) as Node).slice(1);
}

/** Kinds of markup, sorted. */
export const kindsOf = (markdown: string): string[] => [...new Set(nodesOf(markdown).map(({ type }) => type))].sort();

/** What is shown, without its markup. */
export const textOf = (markdown: string): string =>
  nodesOf(markdown)
    .flatMap(({ value }) => value ?? [])
    .join("\n");

/** The markup in its order; lines of one paragraph count as one. */
export function structureOf(markdown: string): string[] {
  const types = nodesOf(markdown).map(({ type }) => type);
  return types.filter((type, at) => type !== "break" && !(type === "text" && types[at - 1] === "break"));
}

/** Names that try to be markup; the last one is long. */
export const HOSTILE = [
  "a|b",
  "`code`",
  "``` fence",
  "<img src=x>",
  "[x](y)",
  "![x](https://y.example/z.png)",
  "*bold* _it_ __b__",
  "- point",
  "1. point",
  "+ point",
  "> quote",
  "# heading",
  "===",
  "---",
  ":-:",
  "~~~",
  "~~gone~~",
  "$x$ \\(y\\) \\[z\\]",
  "&lt;b&gt; &#42;",
  "https://a.example/b www.a.example",
  "end\\",
  "**",
  "two\nlines\n\n# and more",
  "bell\u0007 \u202Eturned",
  "x".repeat(300),
];

/** The same as it is to be seen on one line. */
export const seen = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replaceAll(/\u202E|\p{Cc}/gu, "\uFFFD");
