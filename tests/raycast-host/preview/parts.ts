// Pieces that lists, details, forms, menus and panels share: icons, tags, keys, and what a preview knows of its surroundings.
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { textOf } from "../find.ts";
import { css, type Appearance } from "./colours.ts";
import { glyph } from "./glyphs.ts";
import { escaped, span } from "./html.ts";

export interface Scene {
  appearance: Appearance;
  /** Folder of the extension's pictures. */
  assets: string;
  /** For dates that are shown as an age; ms since 1970. */
  now: number;
  /** Points that the user has scrolled down in markdown. */
  scroll: number;
}

/** Any ImageLike of the API: icon, picture of the extension, address, or one of them with tint and mask. */
export function icon(image: unknown, scene: Scene, size?: number): string {
  if (image === undefined || image === null || image === "") return "";
  if (typeof image === "object" && "value" in image) return icon(image.value, scene, size);
  const { source, tintColor, mask } =
    typeof image === "object" && "source" in image
      ? (image as { source: unknown; tintColor?: unknown; mask?: unknown })
      : { source: image };
  const style = [
    colour(css(tintColor, scene.appearance)),
    size === undefined ? "" : `width:${size}px;height:${size}px`,
    mask === undefined ? "" : `border-radius:${mask === "circle" ? "50%" : "22%"};overflow:hidden`,
  ];
  return span("icon", picture(source, scene), style.filter(Boolean).join(";"));
}

const colour = (value: string | undefined) => (value === undefined ? "" : `color:${value}`);

function picture(source: unknown, scene: Scene): string {
  if (typeof source === "object" && source !== null && scene.appearance in source)
    return picture((source as Record<Appearance, unknown>)[scene.appearance], scene);
  const name = textOf(source);
  if (name.startsWith("data:")) return `<img src="${escaped(name)}">`;
  const file = join(scene.assets, name);
  if (/\.(png|jpe?g|svg)$/.test(name) && existsSync(file)) return `<img src="${dataUri(file)}">`;
  return glyph(name.replace(/-16$/, ""));
}

function dataUri(file: string): string {
  const type = extname(file) === ".svg" ? "svg+xml" : extname(file).slice(1).replace("jpg", "jpeg");
  return `data:image/${type};base64,${readFileSync(file).toString("base64")}`;
}

/** A word on a coloured ground. */
export function tag(text: string, colourOf: unknown, scene: Scene, image?: unknown): string {
  return span(
    "tag",
    `${icon(image, scene, 12)}${escaped(text)}`,
    colour(css(colourOf ?? "raycast-secondary-text", scene.appearance)),
  );
}

/** A text or `{ value, color }`. */
export function coloured(value: unknown, scene: Scene): string {
  const tint =
    typeof value === "object" && value !== null && "color" in value ? css(value.color, scene.appearance) : undefined;
  return span("", escaped(textOf(value)), colour(tint));
}

const SIGNS: Record<string, string> = {
  ...{ cmd: "⌘", shift: "⇧", opt: "⌥", alt: "⌥", ctrl: "⌃", return: "↵", enter: "↵", delete: "⌫", backspace: "⌫" },
  ...{ arrowUp: "↑", arrowDown: "↓", arrowLeft: "←", arrowRight: "→", escape: "esc", tab: "⇥", space: "␣" },
};

const sign = (key: string) => SIGNS[key] ?? key.toUpperCase();

/** Signs of a shortcut as the API writes it, in Apple's order. */
export function signs(shortcut: unknown): string[] {
  if (typeof shortcut !== "object" || shortcut === null) return [];
  const { modifiers, key } = ("macOS" in shortcut ? shortcut.macOS : shortcut) as { modifiers: string[]; key: string };
  const order = ["ctrl", "opt", "alt", "shift", "cmd"];
  return [...[...modifiers].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map(sign), sign(key)];
}

export const keys = (shown: string[]) => shown.map((each) => `<kbd>${escaped(each)}</kbd>`).join("");

/** Age as rows show it: "now", "5m", "3h", "2d", "4w", "2y". */
export function age(date: Date, now: number): string {
  const minutes = Math.max(0, (now - date.getTime()) / 60_000);
  const steps: [number, string][] = [
    [525_600, "y"],
    [10_080, "w"],
    [1440, "d"],
    [60, "h"],
    [1, "m"],
  ];
  const [length, unit] = steps.find(([each]) => minutes >= each) ?? [0, ""];
  return length === 0 ? "now" : `${Math.floor(minutes / length)}${unit}`;
}
