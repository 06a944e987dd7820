// The three kinds of view in the window: list, detail, form.
import { find, rows, selectedRow, textOf } from "../find.ts";
import type { ViewNode } from "../protocol.ts";
import { div, element, escaped, span } from "./html.ts";
import { markdown } from "./markdown.ts";
import { age, coloured, icon, tag, type Scene } from "./parts.ts";

/** What stands between search bar and bottom bar. */
export function main(tree: ViewNode | null, scene: Scene): string {
  if (tree?.type === "List") return list(tree, scene);
  if (tree?.type === "Detail") return detail(tree, scene, "");
  return tree?.type === "Form" ? div("form", tree.children.map((child) => field(child, scene)).join("")) : "";
}

/** Rows that fit into the window, beginning so that the selected one is seen. */
const FITTING_ROWS = 8;

function list(tree: ViewNode, scene: Scene): string {
  const shown = rows(tree);
  if (shown.length === 0) return empty(find(tree, "List.EmptyView"), tree, scene);
  const selected = selectedRow(tree);
  const place = selected === undefined ? 0 : shown.indexOf(selected);
  const from = Math.max(0, place - FITTING_ROWS + 2);
  const visible = new Set(shown.slice(from, from + FITTING_ROWS + 4));
  const drawn = tree.children.map((child) => listPart(child, visible, selected, scene)).join("");
  const open = tree.props["isShowingDetail"] === true;
  const pane = open ? selected?.slots["detail"] : undefined;
  const right = pane === undefined ? (open ? div("detail", "") : "") : detail(pane, scene, "below");
  return div(open ? "main with-detail" : "main", `${div("rows", drawn)}${right}`);
}

function listPart(node: ViewNode, visible: Set<ViewNode>, selected: ViewNode | undefined, scene: Scene): string {
  if (node.type === "List.Item") return visible.has(node) ? row(node, node === selected, scene) : "";
  if (node.type !== "List.Section") return "";
  const inside = node.children.map((child) => listPart(child, visible, selected, scene)).join("");
  const subtitle = span("", escaped(textOf(node.props["subtitle"])));
  const title = textOf(node.props["title"]);
  return inside === "" ? "" : `${title === "" ? "" : div("section", `${escaped(title)}${subtitle}`)}${inside}`;
}

function row({ props }: ViewNode, selected: boolean, scene: Scene): string {
  const accessories = (props["accessories"] as Record<string, unknown>[] | null | undefined) ?? [];
  const parts = [
    icon(props["icon"], scene),
    span("title", escaped(textOf(props["title"]))),
    span("subtitle", escaped(textOf(props["subtitle"]))),
    span("accessories", accessories.map((each) => accessory(each, scene)).join("")),
  ];
  return div(selected ? "row selected" : "row", parts.join(""));
}

function accessory({ text, date, tag: tagged, icon: image }: Record<string, unknown>, scene: Scene): string {
  const shown = (value: unknown): unknown => {
    const inner = typeof value === "object" && value !== null && "value" in value ? value.value : value;
    return inner instanceof Date ? age(inner, scene.now) : inner;
  };
  const tint = (value: unknown) =>
    typeof value === "object" && value !== null && "color" in value ? value.color : undefined;
  if (tagged !== undefined && tagged !== null) return tag(textOf(shown(tagged)), tint(tagged), scene, image);
  const said = text ?? date;
  const drawn = said === undefined || said === null ? "" : coloured({ value: shown(said), color: tint(said) }, scene);
  return span("accessory", `${icon(image, scene)}${drawn}`);
}

function empty(view: ViewNode | undefined, tree: ViewNode, scene: Scene): string {
  if (view === undefined)
    return tree.props["isLoading"] === true ? div("main", "") : div("empty", "<h1>No Results</h1>");
  const { icon: image, title, description } = view.props;
  const text = `<h1>${escaped(textOf(title))}</h1><p>${escaped(textOf(description))}</p>`;
  return div("empty", `${icon(image, scene, 56)}${text}`);
}

function detail({ props, slots }: ViewNode, scene: Scene, place: string): string {
  const text = textOf(props["markdown"]);
  const entries = slots["metadata"]?.children ?? [];
  const panel = entries.length === 0 ? "" : div("metadata", entries.map((entry) => metadata(entry, scene)).join(""));
  const body =
    text === "" && place !== ""
      ? ""
      : div(
          "markdown",
          `${markdown(text)}`,
          scene.scroll === 0 ? undefined : `transform:translateY(-${scene.scroll}px);overflow:visible`,
        );
  return div(`detail ${place}`, `${body}${panel}`);
}

function metadata({ type, props, children }: ViewNode, scene: Scene): string {
  if (type.endsWith("Separator")) return "<hr>";
  const value = type.endsWith("TagList")
    ? children.map((item) => tag(textOf(item.props["text"]), item.props["color"], scene, item.props["icon"])).join("")
    : type.endsWith("Link")
      ? `<a>${escaped(textOf(props["text"]))}</a>`
      : `${icon(props["icon"], scene)}${coloured(props["text"], scene)}`;
  return `<div><dt>${escaped(textOf(props["title"]))}</dt><dd>${value}</dd></div>`;
}

function field(node: ViewNode, scene: Scene): string {
  const { type, props, state } = node;
  if (type === "Form.Separator") return "<hr>";
  const label = element("label", {}, escaped(textOf(props["title"])));
  if (type === "Form.Description") return div("field", `${label}${div("said", escaped(textOf(props["text"])))}`);
  const error = textOf(props["error"]);
  const note = div(error === "" ? "note" : "note bad", escaped(error));
  if (type === "Form.Checkbox") return div("field", `${label}${checkbox(node)}${note}`);
  const look = [
    "input",
    type === "Form.TextArea" ? "area" : "",
    error === "" ? "" : "bad",
    state["focused"] === true ? "focused" : "",
  ];
  return div("field", `${label}${div(look.filter(Boolean).join(" "), fieldValue(node, scene))}${note}`);
}

function checkbox({ props, state }: ViewNode): string {
  const on = state["value"] === true;
  return div("check", `${span(on ? "box on" : "box", on ? "✓" : "")}${escaped(textOf(props["label"]))}`);
}

function fieldValue(node: ViewNode, scene: Scene): string {
  const { type, props, state } = node;
  const chosen = (value: unknown) => find(node, `${type}.Item`, { value: textOf(value) })?.props;
  const hint = span("hint", escaped(textOf(props["placeholder"])));
  if (type === "Form.Dropdown") {
    const item = chosen(state["value"]);
    return `${icon(item?.["icon"], scene)}${escaped(textOf(item?.["title"]))}${span("arrow", "⌄")}`;
  }
  if (type === "Form.TagPicker" || type === "Form.FilePicker") {
    const values = (state["value"] as unknown[] | undefined) ?? [];
    const tags = values.map((value) =>
      tag(textOf(chosen(value)?.["title"] ?? value), undefined, scene, chosen(value)?.["icon"]),
    );
    return tags.length === 0 ? hint : tags.join("");
  }
  const text = textOf(state["value"]);
  return text === "" ? hint : escaped(type === "Form.PasswordField" ? "•".repeat(text.length) : text);
}
