// What goes between a test and the thread that runs a command: what to launch, what was drawn, what the command did.

/** A drawn element: handlers are left out of `props`, elements in props (actions, detail, metadata …) are `slots`. */
export interface ViewNode {
  /** Stable while the element stays mounted. */
  id: number;
  /** Name in the API: "List", "List.Item", "Action.Push", "Detail.Metadata.Label" … */
  type: string;
  props: Record<string, unknown>;
  children: ViewNode[];
  slots: Record<string, ViewNode>;
  /** What the user changed: `selected` and `search` of a list, `value` of a field or dropdown, `focused` of a field;
   * `rows` of a list that its search leaves, `enabled` of a menu item that can be pressed. */
  state: Record<string, unknown>;
}

export interface Paint {
  /** ms since the command's module began to be evaluated, at the commit, less what the host spent on snapshots. */
  atMs: number;
  /** The same since the default export was first rendered. */
  sinceRenderMs: number;
  isLoading: boolean;
  /** Views on the navigation stack. */
  depth: number;
  /** The top view; null where it drew nothing. */
  tree: ViewNode | null;
}

export interface ToastRecord {
  id: number;
  style: string;
  title: string;
  message: string | undefined;
  primaryAction: string | undefined;
  secondaryAction: string | undefined;
  visible: boolean;
  /** Every look it had, oldest first; the last one is the present one. */
  history: { style: string; title: string; message: string | undefined }[];
}

export interface AlertRecord {
  title: string;
  message: string | undefined;
  primaryAction: { title: string; style: string };
  dismissAction: { title: string; style: string };
  icon: unknown;
  /** undefined until it is answered. */
  answer: boolean | undefined;
}

export interface LaunchRecord {
  name: string;
  type: string;
  arguments?: Record<string, unknown> | null;
  context?: Record<string, unknown> | null;
  extensionName?: string;
  ownerOrAuthorName?: string;
  fallbackText?: string | null;
}

export interface OpenedRecord {
  how: "open" | "browser" | "finder" | "with" | "trash" | "extension preferences" | "command preferences";
  target: string;
  application?: unknown;
}

export interface ClipRecord {
  text?: string;
  html?: string;
  file?: string;
  concealed: boolean;
  pasted: boolean;
}

/** Everything a command did beside drawing, in order. */
export interface Records {
  toasts: ToastRecord[];
  huds: string[];
  alerts: AlertRecord[];
  clips: ClipRecord[];
  launches: LaunchRecord[];
  opened: OpenedRecord[];
  /** "closed" by closeMainWindow or an action that closes it, "root" by popToRoot. */
  windows: ("closed" | "root")[];
  /** Subtitles given to updateCommandMetadata; null takes it back. */
  subtitles: (string | null)[];
  /** Lines of the console that are not complaints of React. */
  logs: string[];
}

/** What a thread is to run. */
export interface Spec {
  /** Folder with package.json. */
  extension: string;
  /** Folder with the built bundles. */
  dist: string;
  kind: "command" | "tool";
  name: string;
  supportPath: string;
  appearance: "light" | "dark";
  launchType: string;
  preferences: Record<string, unknown>;
  launchContext: Record<string, unknown> | undefined;
  arguments: Record<string, unknown>;
  draftValues: Record<string, unknown> | undefined;
  fallbackText: string | undefined;
  isDevelopment: boolean;
  /** Input of a tool. */
  input: unknown;
}

export interface Confirmation {
  style?: string;
  info?: { name: string; value?: string }[];
  message?: string;
  image?: unknown;
}

export type HostEvent =
  | { kind: "paint"; paint: Paint }
  | { kind: "toast"; toast: ToastRecord }
  | { kind: "note"; list: Exclude<keyof Records, "toasts" | "alerts">; value: unknown }
  | { kind: "ask"; id: number; about: "alert" | "confirmation"; question: unknown }
  | { kind: "reply"; id: number; value?: unknown; error?: string }
  | { kind: "fault"; text: string }
  | { kind: "done"; value: unknown; error?: string }
  | { kind: "ended"; openHandles: string[]; children: number[] };

export type HostCall =
  { kind: "call"; id: number; method: string; args: unknown[] } | { kind: "answer"; id: number; value: unknown };
