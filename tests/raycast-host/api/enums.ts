// Enumerations with their real values: read from the types of the installed @raycast/api; those without a value there from its manual.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { strict } from "./define.ts";

const PACKAGE = createRequire(import.meta.url).resolve("@raycast/api/package.json");
const TYPES = readFileSync(join(dirname(PACKAGE), "types/index.d.ts"), "utf8");

/** Names that the package exports. */
export const EXPORTED = [
  ...TYPES.matchAll(/^ ?export declare (?:const|class|function|enum|namespace|type|interface) (\w+)/gm),
].map(([, name = ""]) => name);

function members(body: string): Record<string, string> {
  return Object.fromEntries(
    [...body.matchAll(/^\s*(\w+) = "([^"]*)"/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function enumeration(name: string, declared: string): Record<string, string> {
  const start = TYPES.indexOf(`enum ${declared} {`);
  if (start < 0) throw new Error(`the types of @raycast/api have no enum ${declared}`);
  return strict(name, members(TYPES.slice(start, TYPES.indexOf("}\n", start))));
}

export const Icon = enumeration("Icon", "Icon");
export const Color = strict("Color", {
  ...enumeration("Color", "Color"),
  Brown: { light: "#a2653e", dark: "#a2653e" },
});
export const LaunchType = enumeration("LaunchType", "LaunchType");
export const PopToRootType = enumeration("PopToRootType", "PopToRootType");
export const ActionStyle = strict("Action.Style", { Regular: "regular", Destructive: "destructive" });
export const AlertStyle = { Default: "default", Cancel: "cancel", Destructive: "destructive" };
export const Mask = { Circle: "circle", RoundedRectangle: "roundedRectangle" };
export const ToastStyle = strict("Toast.Style", { Success: "SUCCESS", Failure: "FAILURE", Animated: "ANIMATED" });

const keys = (key: string, ...modifiers: string[]) => ({ modifiers, key });

/** Source: manual of Raycast, "Keyboard", macOS. */
export const COMMON_SHORTCUTS = strict("Keyboard.Shortcut.Common", {
  Copy: keys("c", "cmd", "shift"),
  CopyDeeplink: keys("c", "cmd", "shift"),
  CopyName: keys(".", "cmd", "shift"),
  CopyPath: keys(",", "cmd", "shift"),
  Save: keys("s", "cmd"),
  Duplicate: keys("d", "cmd"),
  Edit: keys("e", "cmd"),
  MoveDown: keys("arrowDown", "cmd", "shift"),
  MoveUp: keys("arrowUp", "cmd", "shift"),
  New: keys("n", "cmd"),
  Open: keys("o", "cmd"),
  OpenWith: keys("o", "cmd", "shift"),
  Pin: keys("p", "cmd", "shift"),
  Refresh: keys("r", "cmd"),
  Remove: keys("x", "ctrl"),
  RemoveAll: keys("x", "ctrl", "shift"),
  ToggleQuickLook: keys("y", "cmd"),
});
