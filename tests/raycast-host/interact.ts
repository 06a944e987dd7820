// What a user can do in the top view: press an action, choose a row, type, fill and send a form, go back.
import type { ReactNode } from "react";
import { note } from "./api/channel.ts";
import { pop, push } from "./api/navigation.ts";
import { Clipboard, open, showInFinder, trash, type Content } from "./api/window.ts";
import { keyName } from "./keys.ts";
import { asUser, type Instance } from "./react-root.ts";
import * as screen from "./screen.ts";

type Handler = (...args: unknown[]) => unknown;

const handler = (instance: Instance, name: string): Handler =>
  (instance.props[name] as Handler | undefined) ?? (() => undefined);

const call = (instance: Instance, name: string, ...args: unknown[]) => asUser(() => handler(instance, name)(...args));

function view(): Instance {
  const top = screen.topView();
  if (top === undefined) throw new Error("the command drew nothing yet");
  return top;
}

/** The panel that ⌘K would open: the selected row's, that of an empty view, or the view's. */
function panel(top: Instance): Instance | undefined {
  if (top.type !== "List") return screen.slot(top, "actions");
  const selected = screen.selectedItem(top);
  const empty = [...screen.descendants(top)].find(({ type }) => type === "List.EmptyView");
  return screen.slot(selected ?? empty, "actions") ?? screen.slot(top, "actions");
}

const title = ({ props }: Instance) => screen.textOf(props["title"]);

/** Everything that can be pressed now. */
function pressable(): Instance[] {
  const top = view();
  if (top.type === "MenuBarExtra")
    return [...screen.descendants(top)].filter(({ type }) => type === "MenuBarExtra.Item");
  const actions = panel(top);
  const all = actions === undefined ? [] : [...screen.descendants(actions)];
  return all.filter(({ type }) => type.startsWith("Action") && !type.startsWith("ActionPanel"));
}

/** Press the action, menu item or metadata tag of that title. @returns what its handler returned */
export function act(name: string): unknown {
  const found = pressable().find((action) => title(action) === name) ?? tag(name);
  if (found === undefined)
    throw new Error(`there is no action "${name}"; there is: ${pressable().map(title).join(", ") || "none"}`);
  return activate(found);
}

function tag(name: string): Instance | undefined {
  return [...screen.descendants(view())].find(
    ({ type, props }) =>
      type === "Detail.Metadata.TagList.Item" && props["text"] === name && props["onAction"] !== undefined,
  );
}

/** Press a shortcut such as "cmd+shift+c". */
export function press(keys: string): unknown {
  const wanted = keys.split("+").sort().join("+");
  const found = pressable().filter(({ props }) => keyName(props["shortcut"]) === wanted);
  if (found[0] === undefined) throw new Error(`no action has the shortcut ${keys}`);
  if (found.length > 1) throw new Error(`${keys} belongs to ${found.map(title).join(" and ")}`);
  return activate(found[0]);
}

function activate(action: Instance): unknown {
  const { type, props } = action;
  switch (type) {
    case "Action.CopyToClipboard":
      void Clipboard.copy(props["content"] as Content, { concealed: props["concealed"] === true });
      note("huds", "Copied to Clipboard");
      return call(action, "onCopy", props["content"]);
    case "Action.Paste":
      void Clipboard.paste(props["content"] as Content);
      return call(action, "onPaste", props["content"]);
    case "Action.Open":
      void open(String(props["target"]), props["application"]);
      return call(action, "onOpen", props["target"]);
    case "Action.OpenInBrowser":
      note("opened", { how: "browser", target: String(props["url"]) });
      return call(action, "onOpen", props["url"]);
    case "Action.OpenWith":
      note("opened", { how: "with", target: String(props["path"]) });
      return call(action, "onOpen", props["path"]);
    case "Action.ShowInFinder":
      void showInFinder(String(props["path"]));
      return call(action, "onShow", props["path"]);
    case "Action.Trash":
      void trash(props["paths"] as string);
      return call(action, "onTrash", props["paths"]);
    case "Action.Push":
      asUser(() => push(props["target"] as ReactNode, () => call(action, "onPop")));
      return call(action, "onPush");
    case "Action.SubmitForm":
      return send(action);
    case "MenuBarExtra.Item":
      if (props["onAction"] === undefined)
        throw new Error(`the menu item "${title(action)}" is grey: it has no onAction`);
      return call(action, "onAction", { type: "left-click" });
    default:
      return call(action, "onAction");
  }
}

function fields(): Instance[] {
  const top = view();
  if (top.type !== "Form") throw new Error(`the top view is a ${top.type}, not a Form`);
  return [...screen.descendants(top)].filter(screen.isField);
}

function send(action: Instance): unknown {
  const shown = fields();
  for (const field of shown)
    if (field.props["storeValue"] === true) screen.remember(screen.fieldId(field), screen.valueOf(field));
  return call(action, "onSubmit", values());
}

/** Values of the form by id, as they would be sent. */
export function values(): Record<string, unknown> {
  return Object.fromEntries(fields().map((field) => [screen.fieldId(field), screen.valueOf(field)]));
}

/** Type into one field: focus, change, blur. A dropdown takes a value or a title that it offers. */
export function fill(id: string, wanted: unknown): unknown {
  const field = fields().find((each) => screen.fieldId(each) === id);
  if (field === undefined)
    throw new Error(`the form has no field "${id}"; it has: ${fields().map(screen.fieldId).join(", ")}`);
  const value = accepted(field, wanted);
  const event = { target: { id, value } };
  field.memory["focused"] = true;
  call(field, "onFocus", { ...event, type: "focus" });
  field.memory["value"] = value;
  const result = call(field, "onChange", value);
  field.memory["focused"] = false;
  call(field, "onBlur", { ...event, type: "blur" });
  return result;
}

function accepted(field: Instance, value: unknown): unknown {
  const { type } = field;
  const of = typeof value;
  if (type === "Form.Checkbox" && of !== "boolean") throw new Error(`a checkbox takes true or false, not ${of}`);
  if (/Text|Password/.test(type) && of !== "string") throw new Error(`${type} takes a string, not ${of}`);
  if (/Picker$/.test(type) && type !== "Form.DatePicker" && !Array.isArray(value))
    throw new Error(`${type} takes a list, not ${of}`);
  if (type === "Form.TagPicker") return (value as unknown[]).map((each) => offered(field, each));
  return type === "Form.Dropdown" || type === "List.Dropdown" ? offered(field, value) : value;
}

function offered(field: Instance, wanted: unknown): string {
  const offers = screen.options(field);
  const found = offers.find(({ value }) => value === wanted) ?? offers.find((offer) => offer.title === wanted);
  if (found === undefined)
    throw new Error(
      `${screen.fieldId(field)} does not offer ${String(wanted)}; it offers: ${offers.map((offer) => offer.value).join(", ")}`,
    );
  return found.value;
}

/** Press the form's send action (the first, or that of the title). */
export function submit(name?: string): unknown {
  const sends = pressable().filter(({ type }) => type === "Action.SubmitForm");
  const found = name === undefined ? sends[0] : sends.find((action) => title(action) === name);
  if (found === undefined)
    throw new Error(`the form has no such Action.SubmitForm; it has: ${sends.map(title).join(", ")}`);
  return send(found);
}

function list(): Instance {
  const top = view();
  if (top.type !== "List") throw new Error(`the top view is a ${top.type}, not a List`);
  return top;
}

/** Choose the row of that id or title. */
export function select(wanted: string): void {
  const items = screen.visibleItems(list());
  const name = (item: Instance) => screen.textOf(item.props["title"]);
  const found = items.find((item) => screen.itemId(item) === wanted) ?? items.find((item) => name(item) === wanted);
  if (found === undefined)
    throw new Error(`there is no row "${wanted}"; there is: ${items.map(name).join(", ") || "none"}`);
  list().memory["selected"] = screen.itemId(found);
  screen.selectedItem(list());
}

/** Type into the search bar. */
export function search(text: string): unknown {
  list().memory["search"] = text;
  return call(list(), "onSearchTextChange", text);
}

/** Choose in the dropdown of the search bar, by value or title. */
export function choose(wanted: string): unknown {
  const dropdown = screen.slot(list(), "searchBarAccessory");
  if (dropdown === undefined) throw new Error("the list has no dropdown in its search bar");
  const value = offered(dropdown, wanted);
  dropdown.memory["value"] = value;
  if (dropdown.props["storeValue"] === true) screen.remember(screen.fieldId(dropdown), value);
  return call(dropdown, "onChange", value);
}

/** Escape: back to the view below. */
export function goBack(): void {
  if (!asUser(pop)) throw new Error("there is no view below this one");
}
