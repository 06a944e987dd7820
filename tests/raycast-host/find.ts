// Looks into drawn trees: rows, fields, actions, metadata, by type and props.
import type { ViewNode } from "./protocol.ts";

/** Props to compare; a string prop may be matched by a RegExp, and `title` also where it is `{ value }`. */
export type Match = Record<string, unknown>;

/** Every element below and including `node`, slots too, in reading order. */
export function* walk(node: ViewNode | null | undefined): Generator<ViewNode> {
  if (node === null || node === undefined) return;
  yield node;
  for (const child of node.children) yield* walk(child);
  for (const slot of Object.values(node.slots)) yield* walk(slot);
}

export function findAll(node: ViewNode | null | undefined, type: string, match: Match = {}): ViewNode[] {
  return [...walk(node)].filter((each) => each.type === type && matches(each, match));
}

export function find(node: ViewNode | null | undefined, type: string, match: Match = {}): ViewNode | undefined {
  return findAll(node, type, match)[0];
}

function matches(node: ViewNode, match: Match): boolean {
  return Object.entries(match).every(([name, wanted]) => {
    const value = name === "value" && "value" in node.state ? node.state["value"] : node.props[name];
    return wanted instanceof RegExp ? wanted.test(textOf(value)) : same(value, wanted);
  });
}

const same = (value: unknown, wanted: unknown) =>
  textOf(value) === wanted || JSON.stringify(value) === JSON.stringify(wanted);

/** The string of a prop that may also be `{ value }`; "" where there is none. */
export function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "value" in value) return textOf(value.value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** Rows of a list that its search leaves, in order. */
export function rows(node: ViewNode | null | undefined): ViewNode[] {
  const left = node?.state["rows"];
  return findAll(node, "List.Item").filter(({ id }) => !Array.isArray(left) || left.includes(id));
}

export function selectedRow(node: ViewNode | null | undefined): ViewNode | undefined {
  return rows(node).find(({ id }) => id === node?.state["selected"]);
}

/** The element that ⌘K opens now. */
export function panelOf(node: ViewNode | null | undefined): ViewNode | undefined {
  const row = selectedRow(node) ?? (rows(node).length === 0 ? find(node, "List.EmptyView") : undefined);
  return row?.slots["actions"] ?? node?.slots["actions"];
}
