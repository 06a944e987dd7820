// A drawn view as readable text, for messages of failed tests and for a look.
import { panelOf, rows, selectedRow, textOf } from "./find.ts";
import type { ViewNode } from "./protocol.ts";

/** Longest text of one prop; pictures in markdown are cut to their alternative text. */
const LONGEST = 4000;

/** The view line by line: what a user could read in it, and the actions at hand. */
export function dump(node: ViewNode | null): string {
  if (node === null) return "(nothing drawn)";
  const { props } = node;
  const title = [
    node.type,
    textOf(props["navigationTitle"] ?? props["title"]),
    props["isLoading"] === true ? "loading" : "",
  ];
  const lines = [title.filter(Boolean).join(" · "), ...body(node).map((line) => `  ${line}`)];
  const panel = panelOf(node);
  if (panel !== undefined) lines.push(`  actions: ${titles(panel).join(" | ")}`);
  return lines.join("\n");
}

function body(node: ViewNode): string[] {
  if (node.type === "List") return listLines(node);
  if (node.type === "Detail" || node.type === "List.Item.Detail") return detailLines(node);
  return node.children.flatMap((child) => lines(child));
}

function listLines(list: ViewNode): string[] {
  const left = new Set(rows(list).map(({ id }) => id));
  const selected = selectedRow(list);
  const show = (node: ViewNode): string[] => {
    if (node.type === "List.Section" && !node.children.some(({ id }) => left.has(id))) return [];
    if (node.type === "List.Section") return [`## ${heading(node)}`, ...node.children.flatMap(show)];
    if (node.type === "List.EmptyView")
      return left.size > 0 ? [] : [`(empty) ${heading(node)} ${textOf(node.props["description"])}`];
    return left.has(node.id) ? [`${node === selected ? ">" : "-"} ${row(node)}`] : [];
  };
  const detail = list.props["isShowingDetail"] === true ? selected?.slots["detail"] : undefined;
  const dropdown = list.slots["searchBarAccessory"];
  const shown = dropdown === undefined ? [] : [`[${textOf(dropdown.state["value"])}]`];
  return [
    ...shown,
    ...list.children.flatMap(show),
    ...(detail === undefined ? [] : detailLines(detail).map((line) => `    ${line}`)),
  ];
}

const heading = ({ props }: ViewNode) =>
  [textOf(props["title"]), textOf(props["subtitle"])].filter(Boolean).join(" — ");

function row(item: ViewNode): string {
  const accessories = ((item.props["accessories"] as Record<string, unknown>[] | null | undefined) ?? []).map(
    (accessory) =>
      "tag" in accessory ? `{${textOf(accessory["tag"])}}` : textOf(accessory["text"] ?? accessory["date"]),
  );
  return [heading(item), ...accessories.filter(Boolean)].join("  ");
}

function detailLines(detail: ViewNode): string[] {
  const markdown = textOf(detail.props["markdown"]).replace(/\(data:[^)]*\)/g, "(picture)");
  const metadata = detail.slots["metadata"]?.children.flatMap((child) => lines(child)) ?? [];
  return [...(markdown === "" ? [] : markdown.slice(0, LONGEST).split("\n")), ...metadata.map((line) => `| ${line}`)];
}

function lines(node: ViewNode): string[] {
  const { type, props, state } = node;
  const name = type.split(".").at(-1) ?? type;
  if (name === "Separator") return ["---"];
  if (name === "Description") return [`${heading(node)}: ${textOf(props["text"])}`];
  if (name === "TagList")
    return [`${heading(node)}: ${node.children.map((tag) => `{${textOf(tag.props["text"])}}`).join(" ")}`];
  if (type.startsWith("Detail.Metadata")) return [`${heading(node)}: ${textOf(props["text"])}`];
  if (type.startsWith("Form.")) return [fieldLine(node)];
  const inner = node.children.flatMap((child) => lines(child).map((line) => `  ${line}`));
  return [`${heading(node)}${"value" in state ? ` = ${textOf(state["value"])}` : ""}`, ...inner];
}

function fieldLine({ props, state, type }: ViewNode): string {
  const value =
    type === "Form.Checkbox"
      ? `[${state["value"] === true ? "x" : " "}] ${textOf(props["label"])}`
      : JSON.stringify(state["value"]);
  const error = props["error"] === undefined ? "" : `  ! ${textOf(props["error"])}`;
  return `${textOf(props["title"])} (${textOf(props["id"])}) = ${value}${error}`;
}

function titles(panel: ViewNode): string[] {
  return panel.children.flatMap((child) =>
    child.type.startsWith("ActionPanel") ? titles(child) : [textOf(child.props["title"])],
  );
}
