// HTML as a value of its own, so that text can only get into a page escaped. Reports show ids, notes and reasons that others wrote.
// Source: contract §15 (one self-contained file).
import { visible } from "../core/text/visible.ts";

/** Markup that is safe to write as it is; made by `html` and `trusted` only. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: null, undefined and false are left out, lists are joined. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Build markup; every value that is no Html is escaped, for text and for quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.reduce((text, part, index) => text + rendered(values[index - 1]) + part));
}

/** Take markup as it is. Only for what this program drew itself, such as a chart. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Escape text for content and quoted attributes; characters that control the reader's screen become U+FFFD. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function rendered(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  return typeof value === "object" ? value.map(rendered).join("") : escaped(String(value));
}
