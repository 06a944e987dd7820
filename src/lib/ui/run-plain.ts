// Text of models, providers and logs inside markdown: shown as it is, never as markup. Source: contract §14; names come from outside.

/** One line that markdown shows literally. */
export const plain = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>#|!~$]/g, (one) => `\\${one}`);

/** The same where the text names commands between backticks: those stay code. */
export function plainWithCode(text: string): string {
  const parts = text.split("`");
  const isBalanced = parts.length % 2 === 1;
  if (!isBalanced) return plain(text);
  // The space beside a command is the sentence's, and plain() would take it off.
  const spaced = (part: string) => `${/^\s/.test(part) ? " " : ""}${plain(part)}${/\S\s+$/.test(part) ? " " : ""}`;
  return parts
    .map((part, at) => (at % 2 === 0 ? spaced(part) : part === "" ? "" : `\`${part}\``))
    .join("")
    .trim();
}

/** A fence longer than any that stands in the text. @param language behind the first fence; "" = none */
export function fenced(text: string, language: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, ticks) => Math.max(most, ticks.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A block of code, also where the text holds fences itself. */
export function codeBlock(text: string): string {
  return fenced(text, "");
}

/** A table; cells are markdown already. "" without rows. */
export function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return "";
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Sentences, each with the indented lines below it as its list. */
export const hintLines = (hints: string[]): string =>
  hints.map((line) => (/^\s/.test(line) ? `- ${plain(line)}` : `\n${plain(line)}\n`)).join("\n");
