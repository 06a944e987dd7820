// The part of Markdown that Raycast draws and this extension uses: headings, lists, tables, code, quotes, pictures, emphasis, links.
import { escaped } from "./html.ts";

type Block = { html: string; used: number };

export function markdown(source: string): string {
  const lines = source.replace(/\r/g, "").split("\n");
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const { html, used } = block(lines, at);
    if (html !== "") out.push(html);
    at += used;
  }
  return out.join("\n");
}

function block(lines: string[], at: number): Block {
  const line = lines[at] ?? "";
  if (line.trim() === "") return { html: "", used: 1 };
  if (line.startsWith("```")) return code(lines, at);
  const heading = /^(#{1,6}) +(.*)$/.exec(line);
  if (heading !== null) {
    const level = heading[1]?.length ?? 1;
    return { html: `<h${level}>${inline(heading[2] ?? "")}</h${level}>`, used: 1 };
  }
  if (/^ {0,3}([-*_])( *\1){2,} *$/.test(line)) return { html: "<hr>", used: 1 };
  if (line.startsWith("|") && /^\|[\s:|-]+\|?\s*$/.test(lines[at + 1] ?? "")) return table(lines, at);
  if (line.startsWith(">")) return quote(lines, at);
  if (BULLET.test(line)) return list(lines, at);
  return paragraph(lines, at);
}

const BULLET = /^ *([-*+]|\d+\.) +/;

/** Lines from `at` on for which `belongs` holds. */
function run(lines: string[], at: number, belongs: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index >= at && !belongs(line));
  return lines.slice(at, end < 0 ? undefined : end);
}

function code(lines: string[], at: number): Block {
  const inside = run(lines, at + 1, (line) => !line.startsWith("```"));
  return { html: `<pre><code>${escaped(inside.join("\n"))}</code></pre>`, used: inside.length + 2 };
}

function table(lines: string[], at: number): Block {
  const rows = run(lines, at, (line) => line.startsWith("|"));
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim().replace(/\\\|/g, "|")));
  const draw = (line: string, tag: string) =>
    `<tr>${cells(line)
      .map((cell) => `<${tag}>${cell}</${tag}>`)
      .join("")}</tr>`;
  const [head = "", , ...body] = rows;
  return {
    html: `<table>${draw(head, "th")}${body.map((line) => draw(line, "td")).join("")}</table>`,
    used: rows.length,
  };
}

function quote(lines: string[], at: number): Block {
  const quoted = run(lines, at, (line) => line.startsWith(">"));
  return {
    html: `<blockquote>${markdown(quoted.map((line) => line.replace(/^> ?/, "")).join("\n"))}</blockquote>`,
    used: quoted.length,
  };
}

function list(lines: string[], at: number): Block {
  const items = run(lines, at, (line) => BULLET.test(line) || /^ {2,}\S/.test(line));
  const tag = /^ *\d/.test(lines[at] ?? "") ? "ol" : "ul";
  const texts = items.map((line) => `<li>${inline(line.replace(BULLET, "").trim())}</li>`);
  return { html: `<${tag}>${texts.join("")}</${tag}>`, used: items.length };
}

function paragraph(lines: string[], at: number): Block {
  const text = run(lines, at, (line) => line.trim() !== "" && !/^(#{1,6} |```|>|\|)/.test(line) && !BULLET.test(line));
  const used = Math.max(1, text.length);
  return { html: `<p>${inline(lines.slice(at, at + used).join("\n")).replace(/ {2}\n|\\\n/g, "<br>")}</p>`, used };
}

/** Escaped characters, code, pictures and links first: nothing in them is emphasis. */
function inline(text: string): string {
  const kept: string[] = [];
  const keep = (html: string) => `\uE000${kept.push(html) - 1}\uE000`;
  const marked = text
    .replace(/\\([!-/:-@[-`{-~])|&#(\d+);/g, (_all, letter: string | undefined, number: string) =>
      keep(escaped(letter ?? String.fromCodePoint(Number(number)))),
    )
    .replace(/`([^`]+)`/g, (_all, inside: string) => keep(`<code>${escaped(inside)}</code>`))
    .replace(/!\[([^\]]*)\]\(([^)]+)\)/g, (_all, alt: string, source: string) => keep(picture(alt, source)))
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_all, name: string, target: string) =>
      keep(`<a title="${escaped(target)}">${escaped(name)}</a>`),
    );
  return escaped(marked)
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/(?<![\w*])[*_]([^*_\s][^*_]*)[*_](?![\w*])/g, "<em>$1</em>")
    .replace(/~~([^~]+)~~/g, "<s>$1</s>")
    .replace(/\uE000(\d+)\uE000/g, (_all, index: string) => kept[Number(index)] ?? "");
}

/** Raycast reads the size from the address: `?raycast-width=` and `?raycast-height=`, in points. */
function picture(alt: string, source: string): string {
  const [address = "", query = ""] = source.split(/\?(?=raycast-)/);
  const size = new URLSearchParams(query);
  const [width, height] = [size.get("raycast-width"), size.get("raycast-height")];
  const style = [width === null ? "" : `width:${Number(width)}px`, height === null ? "" : `height:${Number(height)}px`];
  return `<img alt="${escaped(alt)}" src="${escaped(address)}" style="${style.filter(Boolean).join(";")}">`;
}
