// The module that a bundle gets for "@raycast/api". A name that is not here throws instead of being undefined.
import { component, strict } from "./define.ts";
import { environment, getPreferenceValues } from "./environment.ts";
import * as enums from "./enums.ts";
import { useNavigation } from "./navigation.ts";
import { Cache, LocalStorage } from "./storage.ts";
import { showToast, Toast } from "./toast.ts";
import * as windows from "./window.ts";
import { fault } from "./channel.ts";

const { Clipboard, ...windowActions } = windows;
const { Icon, Color, LaunchType, PopToRootType } = enums;

const api = {
  Action: component("Action", { Style: enums.ActionStyle }),
  ActionPanel: component("ActionPanel"),
  Detail: component("Detail"),
  Form: component("Form"),
  List: withDetailMetadata(component("List")),
  MenuBarExtra: component("MenuBarExtra"),
  ...{ Icon, Color, LaunchType, PopToRootType },
  Alert: strict("Alert", { ActionStyle: strict("Alert.ActionStyle", enums.AlertStyle) }),
  Image: strict("Image", { Mask: strict("Image.Mask", enums.Mask) }),
  Keyboard: strict("Keyboard", { Shortcut: strict("Keyboard.Shortcut", { Common: enums.COMMON_SHORTCUTS }) }),
  Clipboard: strict("Clipboard", Clipboard),
  LocalStorage: strict("LocalStorage", LocalStorage),
  ...windowActions,
  ...{ Cache, Toast, showToast, useNavigation, getPreferenceValues },
  environment: strict("environment", environment),
  captureException: (exception: unknown) => fault(exception),
  /** The AI and the browser are absent here, as for a user without them: `environment.canAccess` says no. */
  AI: strict("AI", { ask: () => Promise.reject(new Error("this host has no AI")) }, ["Model"]),
};

export const raycastApi = strict("", api, enums.EXPORTED);

/** `List.Item.Detail.Metadata` is the same component as `Detail.Metadata`. */
function withDetailMetadata<T extends object>(list: T): T {
  const { Item } = list as unknown as { Item: { Detail: object } };
  Object.assign(Item.Detail, { Metadata: component("Detail.Metadata") });
  return list;
}
