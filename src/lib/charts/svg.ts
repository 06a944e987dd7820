// The few SVG elements that the charts are made of, as text. Every number is finite and short, every text escaped.
// Source: contract §14 (charts are pictures); no library, as each command bundle has to stay small.
import { visible } from "../../../worker/core/text/visible.ts";

export type Attributes = Record<string, string | number | undefined>;

export const FONT = "-apple-system, 'Helvetica Neue', Arial, sans-serif";
/** Mean width of a character, in font sizes; wide enough for digits and lower case of the usual sans-serif fonts. */
const CHARACTER = 0.56;

/** A whole picture of this size in px. */
export function picture(width: number, height: number, parts: readonly string[]): string {
  const box = { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` };
  return element("svg", { ...box, "font-family": FONT }, parts.join(""));
}

/** One element; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const text = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escaped(value)}"`)
    .join("");
  return content === "" ? `<${name}${text}/>` : `<${name}${text}>${content}</${name}>`;
}

export interface TextStyle {
  size: number;
  fill: string;
  anchor?: "start" | "middle" | "end";
  weight?: number;
}

/** One line of text; y is its baseline. */
export function label(x: number, y: number, text: string, { size, fill, anchor, weight }: TextStyle): string {
  return element(
    "text",
    { x, y, "font-size": size, fill, "text-anchor": anchor, "font-weight": weight },
    escaped(text),
  );
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return element("line", { x1, y1, x2, y2, stroke, "stroke-width": width });
}

/** px that a text takes at this font size, estimated from above for usual names and figures. */
export const textWidth = (text: string, size: number): number => [...text].length * size * CHARACTER;

/** Cut a text so that it takes at most so many px, with an ellipsis where it was cut. */
export function fitted(text: string, size: number, width: number): string {
  const most = Math.max(1, Math.floor(width / (size * CHARACTER)));
  const characters = [...text];
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}

/** At most one decimal: finer is not seen. @throws RangeError for what is no number, which a chart must have left out */
export function short(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a coordinate: ${value}`);
  return String(Math.round(value * 10) / 10);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return visible(text).replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);
}
