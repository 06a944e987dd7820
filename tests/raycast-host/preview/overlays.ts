// What lies over or around the view: bottom bar, action panel, dialog, and the menu of a menu bar item.
import { panelOf, textOf } from "../find.ts";
import type { ViewNode } from "../protocol.ts";
import { div, escaped, span } from "./html.ts";
import { icon, keys, signs, type Scene } from "./parts.ts";

export interface ShownToast {
  style: string;
  title: string;
  message?: string | undefined;
}

export interface ShownAlert {
  title: string;
  message?: string | undefined;
  icon?: unknown;
  primaryAction: { title: string; style: string };
  dismissAction: { title: string; style: string };
}

const TOAST_COLOURS: Record<string, string> = { SUCCESS: "#2fb176", FAILURE: "#ff5c5c", ANIMATED: "#8a8a93" };

/** The command's name or the toast on the left, the first action and ⌘K on the right. */
export function bottomBar(
  tree: ViewNode | null,
  name: { title: string; icon: string },
  toast: ShownToast | undefined,
  scene: Scene,
): string {
  const left =
    toast === undefined
      ? `${icon(name.icon, scene, 20)}${escaped(name.title)}`
      : `${span("dot", "", `color:${TOAST_COLOURS[toast.style] ?? "#8a8a93"}`)}<b>${escaped(toast.title)}</b>${escaped(toast.message ?? "")}`;
  const first = actionsOf(panelOf(tree))[0];
  const send = first?.type === "Action.SubmitForm" ? ["⌘", "↵"] : ["↵"];
  const primary = first === undefined ? "" : span("key", `${escaped(textOf(first.props["title"]))} ${keys(send)}`);
  const more = first === undefined ? "" : `${span("rule", "")}${span("key", `Actions ${keys(["⌘", "K"])}`)}`;
  return div("bar", `${span("name", left)}${primary}${more}`);
}

function actionsOf(panel: ViewNode | undefined): ViewNode[] {
  return (panel?.children ?? []).flatMap((child) =>
    child.type === "ActionPanel.Section" ? actionsOf(child) : [child],
  );
}

/** The panel that ⌘K opens. */
export function actionPanel(tree: ViewNode | null, scene: Scene): string {
  const panel = panelOf(tree);
  if (panel === undefined) return "";
  const [first] = actionsOf(panel);
  const draw = (node: ViewNode): string =>
    node.type === "ActionPanel.Section"
      ? `<hr>${heading(node)}${node.children.map(draw).join("")}`
      : entry(node, node === first ? "entry first" : "entry", scene);
  const drawn = `${heading(panel)}${panel.children.map(draw).join("")}`;
  return div("panel", drawn.replace(/(<hr>)+/g, "<hr>").replace(/^<hr>/, ""));
}

const heading = ({ props }: ViewNode) =>
  textOf(props["title"]) === "" ? "" : div("over", escaped(textOf(props["title"])));

function entry({ type, props }: ViewNode, name: string, scene: Scene): string {
  const bad = props["style"] === "destructive" ? " bad" : "";
  const shown = name.includes("first") ? ["↵"] : signs(props["shortcut"]);
  const right = type === "ActionPanel.Submenu" ? "›" : keys(shown);
  const look = props["icon"] ?? OWN_ICONS[type];
  return div(`${name}${bad}`, `${icon(look, scene)}${escaped(textOf(props["title"]))}${span("keys", right)}`);
}

/** Icons that Raycast gives to actions without one. */
const OWN_ICONS: Record<string, string> = {
  "Action.CopyToClipboard": "copy-clipboard-16",
  "Action.Open": "finder-16",
  "Action.OpenInBrowser": "globe-16",
  "Action.Push": "app-window-16",
  "Action.ShowInFinder": "finder-16",
  "Action.SubmitForm": "check-circle-16",
  "Action.Trash": "trash-16",
};

/** A dialog of confirmAlert. */
export function dialog(alert: ShownAlert, scene: Scene): string {
  const button = ({ title, style }: { title: string; style: string }) =>
    div(style === "destructive" ? "button bad" : "button", escaped(title));
  const text = `<h1>${escaped(alert.title)}</h1>${alert.message === undefined ? "" : `<p>${escaped(alert.message)}</p>`}`;
  const buttons = div("buttons", button(alert.dismissAction) + button(alert.primaryAction));
  return div("veil", div("alert", `${icon(alert.icon, scene, 32)}${text}${buttons}`));
}

/** The Mac's menu bar with the item, and its menu open. */
export function menuBar(tree: ViewNode, scene: Scene): string {
  const { props, children } = tree;
  const extra = span("extra", `${icon(props["icon"], scene)}${escaped(textOf(props["title"]))}`);
  const drawn = children.map((child) => menuPart(child, scene)).join("");
  return div(
    "desktop",
    `${div("menubar", `${extra}<span>Tue 9:41</span>`)}${div("menu", drawn.replace(/(<hr>)+/g, "<hr>").replace(/^<hr>/, ""))}`,
  );
}

function menuPart(node: ViewNode, scene: Scene): string {
  const { type, props, children } = node;
  if (type === "MenuBarExtra.Separator") return "<hr>";
  if (type === "MenuBarExtra.Section")
    return `<hr>${heading(node)}${children.map((child) => menuPart(child, scene)).join("")}`;
  const subtitle = span("soft", escaped(textOf(props["subtitle"])));
  const right = type === "MenuBarExtra.Submenu" ? "›" : escaped(signs(props["shortcut"]).join(""));
  const name = node.state["enabled"] === false ? "entry idle" : "entry";
  return div(name, `${icon(props["icon"], scene)}${escaped(textOf(props["title"]))} ${subtitle}${span("keys", right)}`);
}
