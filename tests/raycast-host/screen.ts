// What the user sees: the top view as plain data, with the selection of lists and the values of fields that Raycast keeps itself.
import { isValidElement } from "react";
import type { ViewNode } from "./protocol.ts";
import { fault } from "./api/channel.ts";
import { storedValues } from "./api/storage.ts";
import { spec } from "./api/environment.ts";
import { asUser, root, type Instance } from "./react-root.ts";

/** The instance that the top of the stack drew. */
export function topView(): Instance | undefined {
  const drawn = root.children.at(-1)?.children.filter((child) => !child.hidden) ?? [];
  if (drawn.length > 1) fault(`a view drew ${drawn.map(({ type }) => `<${type}>`).join(" and ")}: Raycast shows one`);
  return drawn[0];
}

export const depth = () => root.children.length;

export function* descendants(instance: Instance): Generator<Instance> {
  for (const child of instance.children) {
    if (child.hidden) continue;
    yield child;
    yield* descendants(child);
  }
}

export function slot(instance: Instance | undefined, name: string): Instance | undefined {
  const filled = instance?.children.find((child) => child.type === `slot:${name}`)?.children ?? [];
  if (filled.length > 1) fault(`<${instance?.type}> got ${filled.length} elements as "${name}"`);
  return filled[0];
}

/** Rows that the search text leaves, in order. Lists with their own search keep all. */
export function visibleItems(list: Instance): Instance[] {
  const items = list.children
    .flatMap((child) => (child.type === "List.Section" ? child.children : [child]))
    .filter(isShownItem);
  const words = textOf(list.memory["search"]).toLowerCase().split(/\s+/).filter(Boolean);
  return filters(list) ? items.filter((item) => words.every((word) => matches(item, word))) : items;
}

const isShownItem = ({ type, hidden }: Instance) => type === "List.Item" && !hidden;

function filters({ props }: Instance): boolean {
  const filtering = props["filtering"] ?? props["enableFiltering"];
  return filtering === undefined ? props["onSearchTextChange"] === undefined : filtering !== false;
}

function matches(item: Instance, word: string): boolean {
  const { title, keywords } = item.props;
  const texts = [textOf(title), ...((keywords as string[] | undefined) ?? [])];
  return texts.some((text) =>
    text
      .toLowerCase()
      .split(/[\s/_.-]+/)
      .concat(text.toLowerCase())
      .some((part) => part.startsWith(word)),
  );
}

/** The string of a prop that may also be `{ value }`. */
export function textOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "value" in value) return textOf(value.value);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

export const itemId = (item: Instance) => (item.props["id"] as string | undefined) ?? `item-${item.id}`;

/** The selected row: the one the view demands, else the user's, else the first. A change is told to the view. */
export function selectedItem(list: Instance): Instance | undefined {
  const items = visibleItems(list);
  const demanded = list.props["selectedItemId"];
  // A demand waits until its row is there, and counts once.
  if (demanded !== list.memory["demanded"] && items.some((item) => itemId(item) === demanded)) {
    list.memory["demanded"] = demanded;
    list.memory["selected"] = demanded;
  }
  const selected = items.find((item) => itemId(item) === list.memory["selected"]) ?? items[0];
  const id = selected === undefined ? null : itemId(selected);
  list.memory["selected"] = id;
  if (list.memory["told"] !== id && !(id === null && list.memory["told"] === undefined)) {
    list.memory["told"] = id;
    later(() => (list.props["onSelectionChange"] as ((id: string | null) => void) | undefined)?.(id));
  }
  return selected;
}

const later = (handler: () => unknown) => void setImmediate(() => asUser(handler));

const remembered = storedValues(`values-${spec.name}`);
export const remember = (id: string, value: unknown) => remembered.write({ ...remembered.read(), [id]: value });

const hasItems = new Set(["Form.Dropdown", "List.Dropdown"]);

/** The present value of a field or dropdown: the view's own `value` before what the user chose, was remembered or is the default. */
export function valueOf(field: Instance): unknown {
  const { props, memory, type } = field;
  if (props["value"] !== undefined) return props["value"];
  if (!("value" in memory)) {
    const stored = props["storeValue"] === true ? remembered.read()[fieldId(field)] : undefined;
    if (stored !== undefined) memory["value"] = stored;
    if (type === "List.Dropdown" || stored !== undefined) tellInitial(field);
  }
  return memory["value"] ?? props["defaultValue"] ?? emptyValue(field);
}

export const fieldId = (field: Instance) => (field.props["id"] as string | undefined) ?? field.type;

function tellInitial(field: Instance): void {
  if (field.memory["told"] === true) return;
  field.memory["told"] = true;
  later(() => (field.props["onChange"] as ((value: unknown) => void) | undefined)?.(valueOf(field)));
}

function emptyValue(field: Instance): unknown {
  const { type } = field;
  if (hasItems.has(type)) return options(field)[0]?.value ?? "";
  if (type === "Form.Checkbox") return false;
  if (type === "Form.TagPicker" || type === "Form.FilePicker") return [];
  return type === "Form.DatePicker" ? null : "";
}

/** Choices of a dropdown or tag picker. */
export function options(field: Instance): { value: string; title: string }[] {
  return [...descendants(field)]
    .filter(({ type }) => type === `${field.type}.Item`)
    .map(({ props }) => ({ value: String(props["value"]), title: String(props["title"]) }));
}

const FIELD = /^Form\.(TextField|PasswordField|TextArea|Checkbox|DatePicker|Dropdown|TagPicker|FilePicker)$/;
export const isField = ({ type }: Instance) => FIELD.test(type);

/** The instance and all below it as plain data. */
export function snapshot(instance: Instance): ViewNode {
  const shown = instance.children.filter((child) => !child.hidden);
  const slots = shown.filter(({ type }) => type.startsWith("slot:"));
  const filled = slots.flatMap(({ type }) => {
    const name = type.slice("slot:".length);
    const inside = slot(instance, name);
    return inside === undefined ? [] : [[name, snapshot(inside)] as const];
  });
  const children = shown.filter(({ type }) => !type.startsWith("slot:")).map(snapshot);
  const { id, type } = instance;
  return {
    id,
    type,
    props: plain(instance.props),
    children,
    slots: Object.fromEntries(filled),
    state: stateOf(instance),
  };
}

function stateOf(instance: Instance): Record<string, unknown> {
  if (instance.type === "List") {
    const rows = visibleItems(instance);
    return {
      selected: selectedItem(instance)?.id,
      search: instance.memory["search"] ?? "",
      rows: rows.map(({ id }) => id),
    };
  }
  if (instance.type === "MenuBarExtra.Item") return { enabled: instance.props["onAction"] !== undefined };
  if (instance.type === "List.Dropdown") return { value: valueOf(instance) };
  return isField(instance) ? { value: valueOf(instance), focused: instance.memory["focused"] === true } : {};
}

function plain(props: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(props).flatMap(([name, value]) => (bare(value) ? [[name, clean(value)]] : [])),
  );
}

const bare = (value: unknown) =>
  typeof value !== "function" && typeof value !== "symbol" && value !== undefined && !isValidElement(value);

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return plain(value as Record<string, unknown>);
}
