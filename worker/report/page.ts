// The shell of every page that is written: one file, no script, no request; phone and desktop, light and dark, screen and paper.
// Source: contract §15 (self-contained, opens without a network).
import { SIMULATED_BANNER } from "../core/units.ts";
import { html, trusted, type Html, type HtmlValue } from "./html.ts";
import { STYLE } from "./style.ts";

export interface Page {
  title: string;
  /** Below the title: what this is about, in a line. */
  lead: HtmlValue;
  simulated: boolean;
  sections: HtmlValue[];
  /** At the end, small. */
  footer: HtmlValue;
}

/** Nothing may be loaded or run, whatever text got into the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** @returns the whole file, ending in a line feed. */
export function pageText(page: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${page.title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body${page.simulated ? trusted(' class="simulated"') : null}>
${
  page.simulated
    ? html`<div class="watermark" aria-hidden="true">SIMULATED</div>
        <p class="banner" role="note">${SIMULATED_BANNER}</p>`
    : null
}
<main>
<header><h1>${page.title}</h1><p class="lead">${page.lead}</p></header>
${page.sections}
</main>
<footer>${page.footer}</footer>
</body>
</html>
`.text;
}

/** A titled part of a page; null if it has no content. */
export function section(title: string, ...content: HtmlValue[]): Html | null {
  if (content.flat().every((part) => part === null || part === undefined || part === false)) return null;
  return html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`;
}

/** Names and values below each other; facts without a value are left out. */
export function facts(rows: readonly (readonly [name: string, value: HtmlValue])[]): Html | null {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (known.length === 0) return null;
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A table whose rows become cards on a phone, where each value stands beside its column's name. Empty columns are left out. */
export function table(columns: readonly string[], rows: readonly HtmlValue[][]): Html | null {
  if (rows.length === 0) return null;
  const used = columns.map((_, column) => rows.some((row) => !isEmpty(row[column])));
  const kept = <T>(values: readonly T[]) => values.filter((_, column) => used[column]);
  const names = kept(columns);
  // One child beside the column's name, however many parts the value has.
  const cell = (value: HtmlValue, index: number) =>
    html`<td data-label="${names[index] ?? ""}">${isEmpty(value) ? null : html`<div>${value}</div>`}</td>`;
  return html`<table class="cards">
    <thead>
      <tr>
        ${names.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${kept(row).map(cell)}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function isEmpty(value: HtmlValue): boolean {
  return value === null || value === undefined || value === false || value === "";
}

/** A figure for people that carries the number it was made from; null for none. */
export function measured(value: number | null | undefined, text: (value: number) => string): Html | null {
  return value === null || value === undefined ? null : html`<span data-value="${value}">${text(value)}</span>`;
}

/** "2025-03-01 10:00:05 UTC" for ISO 8601 UTC; other programs' times as they are. */
export const timeText = (iso: string | null): string | null =>
  iso?.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2 UTC") ?? null;

/** Content that is folded away until it is asked for. */
export function folded(summary: string, content: HtmlValue): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}
