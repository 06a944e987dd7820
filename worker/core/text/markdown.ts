// Markdown as a value of its own, so that text can only get into a page as text. Names, paths, notes, reasons and logs are written by others.
// Source: contract §14; CommonMark 0.31 and GFM (tables, autolinks). Raycast takes \[ \], \( \) and $ $ for mathematics, so brackets,
// backslashes and dollars are written as numbers and not behind a backslash.
import { visible } from "./visible.ts";

/** Markup that is safe to show as it is; made in this file only. */
export class Markdown {
  readonly text: string;

  /** Use `mark`. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: null, undefined and false are left out, lists are joined. */
export type MarkdownValue = Markdown | string | number | null | undefined | false | readonly MarkdownValue[];

/** Build markup; every string among the values is shown literally, on one line. */
export function mark(strings: TemplateStringsArray, ...values: MarkdownValue[]): Markdown {
  let text = strings[0] ?? "";
  for (const [at, value] of values.entries()) text += rendered(value, text) + (strings[at + 1] ?? "");
  return new Markdown(text);
}

/** What Raycast is handed. Lint wants every page to come through here. @param markdown null = nothing yet */
export const shown = (markdown: Markdown | null): string => markdown?.text ?? "";

/** Parts of a page, a blank line between them; what is empty is left out. */
export const page = (...parts: MarkdownValue[]): Markdown => joined(parts, "\n\n");

/** One point for each; what is empty is left out. */
export const bullets = (items: readonly MarkdownValue[]): Markdown =>
  joined(
    items.map((item) => mark`- ${item}`).filter(({ text }) => text !== "- "),
    "\n",
  );

/** Text of several lines, each on a line of its own. @param of how a line is shown; literally if it is not said */
export const lines = (text: string, of: (line: string) => MarkdownValue = (line) => line): Markdown =>
  joined(
    text.split("\n").map((line) => of(line)),
    "  \n",
  );

/** What is not empty, with `between` between. */
export function joined(parts: readonly MarkdownValue[], between: string): Markdown {
  const all: string[] = [];
  let line = "";
  for (const part of parts) {
    const before = all.length === 0 ? "" : lineOf(line, between);
    const next = rendered(part, before);
    if (next === "") continue;
    all.push(next);
    line = lineOf(before, next);
  }
  return new Markdown(all.join(between));
}

/** A table. @returns empty markup without rows */
export function table(head: readonly MarkdownValue[], rows: readonly (readonly MarkdownValue[])[]): Markdown {
  if (rows.length === 0) return mark``;
  const line = (cells: readonly MarkdownValue[]) => `| ${cells.map((cell) => rendered(cell, "| ")).join(" | ")} |`;
  return new Markdown([line(head), line(head.map(() => new Markdown("---"))), ...rows.map(line)].join("\n"));
}

/** A block of code between fences longer than any in the text. @param language for colours; "" = none */
export function codeBlock(text: string, language: "" | "diff" | "json" | "text" = ""): Markdown {
  const content = visible(text);
  const fence = "`".repeat(Math.max(3, longestRun(content) + 1));
  return new Markdown(`${fence}${language}\n${content}\n${fence}`);
}

/** Code within a line, such as a command; not for a table, which a | would cut. */
export function code(text: string): Markdown {
  const content = visible(text.replace(/\s+/g, " ").trim());
  const fence = "`".repeat(longestRun(content) + 1);
  const gap = content.startsWith("`") || content.endsWith("`") ? " " : "";
  return new Markdown(fence + gap + content + gap + fence);
}

/** Of backticks. */
const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length), 0);

/** A picture. @param alt what it shows, for people who do not see it. @param address written by this program, without spaces and brackets */
export const picture = (alt: string, address: string): Markdown => new Markdown(`![${inline(alt)}](${address})`);

/** @param before the markup in front of it, which tells whether it would begin a line */
function rendered(value: MarkdownValue, before: string): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markdown) return value.text;
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return beginsLine(before) ? atLineStart(inline(value)) : inline(value);
  let text = "";
  let line = lineOf("", before);
  for (const one of value) {
    const next = rendered(one, line);
    text += next;
    line = lineOf(line, next);
  }
  return text;
}

/** Marks of lists and quotes are shorter. */
const MOST_MARKS = 100;

/** How the last line of two texts, one behind the other, begins: all that is asked of what stands before. */
function lineOf(before: string, text: string): string {
  const at = text.lastIndexOf("\n");
  return (at === -1 ? before + text : text.slice(at + 1)).slice(0, MOST_MARKS);
}

/** Nothing stands before it, or only the marks of lists and quotes. */
const beginsLine = (before: string): boolean => /^(?:[->] ?)*$/.test(before.slice(before.lastIndexOf("\n") + 1));

/** Behind a backslash: emphasis, code, HTML, headings, tables, pictures, strike-through. As numbers: what begins mathematics or an entity. */
const SPECIAL = /[`*_<>#|!~\\[\]$&]/g;
const NUMBERED = "\\[]$&";

/** One line that markdown shows literally. */
function inline(text: string): string {
  return visible(text.replace(/\s+/g, " ").trim())
    .replace(SPECIAL, (one) => (NUMBERED.includes(one) ? numbered(one) : `\\${one}`))
    .replaceAll("://", `${numbered(":")}//`)
    .replace(/\bwww\./gi, (one) => one.slice(0, -1) + numbered("."));
}

/** "- a", "1. a", "===" and ":-:" make lists, headings and tables there. */
const atLineStart = (text: string): string =>
  text.replace(/^[-+=:]/, "\\$&").replace(/^(\d{1,9})([.)])(?= |$)/, "$1\\$2");

const numbered = (one: string): string => `&#${one.codePointAt(0)};`;
