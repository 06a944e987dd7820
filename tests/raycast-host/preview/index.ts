// A drawn view as a page that looks like Raycast's window, and a picture of that page by headless Chromium.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { find, textOf } from "../find.ts";
import type { ViewNode } from "../protocol.ts";
import type { Appearance } from "./colours.ts";
import { div, escaped, span } from "./html.ts";
import { actionPanel, bottomBar, dialog, menuBar, type ShownAlert, type ShownToast } from "./overlays.ts";
import { icon, type Scene } from "./parts.ts";
import { style } from "./style.ts";
import { main } from "./views.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

export interface PreviewOptions {
  appearance?: Appearance;
  /** Name of the command or extension in the bottom bar. */
  title?: string;
  /** Picture in the bottom bar; a file of `assets` or an icon. */
  icon?: string;
  assets?: string;
  /** Of the window, points. */
  width?: number;
  height?: number;
  /** Show the open action panel. */
  panel?: boolean;
  toast?: ShownToast | undefined;
  alert?: ShownAlert | undefined;
  now?: number;
  /** Points that the user has scrolled down in markdown. */
  scroll?: number;
}

/** The page of a view; null draws the empty window that Raycast shows before the first paint. */
export function preview(tree: ViewNode | null, options: PreviewOptions = {}): string {
  const { appearance = "light", assets = resolve("assets"), now = Date.now(), scroll = 0 } = options;
  const scene: Scene = { appearance, assets, now, scroll };
  const size = { width: options.width ?? 750, height: options.height ?? 475 };
  const body = tree?.type === "MenuBarExtra" ? menuBar(tree, scene) : window(tree, options, scene);
  return `<!doctype html><html><head><meta charset="utf-8"><style>${style(appearance, size)}</style></head><body>${body}</body></html>`;
}

function window(tree: ViewNode | null, options: PreviewOptions, scene: Scene): string {
  const { title = "MLX Autotune", icon: picture = "icon.png", panel = false, toast, alert } = options;
  const shown = tree === null || tree.props["isLoading"] === true ? div("loading", "") : "";
  const named = textOf(tree?.props["navigationTitle"]) || title;
  const view = tree?.type === "List" ? main(tree, scene) : div("main", main(tree, scene));
  const parts = [
    searchBar(tree, scene),
    shown,
    view,
    bottomBar(tree, { title: named, icon: picture }, toast, scene),
    panel ? actionPanel(tree, scene) : "",
    alert === undefined ? "" : dialog(alert, scene),
  ];
  return div("window", parts.join(""));
}

function searchBar(tree: ViewNode | null, scene: Scene): string {
  const back = span("back", "←");
  if (tree !== null && tree.type !== "List") return div("search", `${back}${accessory(tree, scene)}`);
  const typed = textOf(tree?.state["search"]);
  const hint = span("hint", escaped(textOf(tree?.props["searchBarPlaceholder"]) || "Search..."));
  return div(
    "search",
    `${back}${span("query", typed === "" ? hint : escaped(typed))}${tree === null ? "" : accessory(tree, scene)}`,
  );
}

function accessory(tree: ViewNode, scene: Scene): string {
  const held = tree.slots["searchBarAccessory"];
  if (held === undefined) return "";
  if (held.type === "Form.LinkAccessory") return span("dropdown", escaped(textOf(held.props["text"])));
  const item = find(held, "List.Dropdown.Item", { value: textOf(held.state["value"]) })?.props;
  return span("dropdown", `${icon(item?.["icon"], scene)}${escaped(textOf(item?.["title"]))} ⌄`);
}

/** Picture of a page: of the store's 2000 x 1250 pixels, at two pixels a point, unless told otherwise. */
export const STORE_SIZE = { width: 1000, height: 625, scale: 2 };

/** @returns the browser that takes pictures; undefined where there is none */
export function findChromium(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/bin"];
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Write a picture of the page to `file` (PNG). @throws where there is no Chromium or it draws nothing */
export async function screenshot(html: string, file: string, size = STORE_SIZE): Promise<void> {
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("no Chromium on PATH: apt-get install -y chromium");
  const folder = mkdtempSync(join(tmpdir(), "preview-"));
  const page = join(folder, "page.html");
  writeFileSync(page, html);
  mkdirSync(dirname(resolve(file)), { recursive: true });
  const flags = [
    ...["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", `--user-data-dir=${join(folder, "profile")}`],
    `--window-size=${size.width},${size.height}`,
    `--force-device-scale-factor=${size.scale}`,
    `--screenshot=${resolve(file)}`,
    `file://${page}`,
  ];
  await promisify(execFile)(chromium, flags, { timeout: 90_000 });
  removeFolder(folder);
  if (!existsSync(file)) throw new Error(`Chromium wrote no picture to ${file}`);
}
