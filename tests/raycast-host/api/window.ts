// What a command does to Raycast's window and to the system: told to the test, never done.
import type { ClipRecord, LaunchRecord } from "../protocol.ts";
import { ask, note } from "./channel.ts";
import { hasCommand, spec } from "./environment.ts";
import { AlertStyle } from "./enums.ts";

const done = () => Promise.resolve();

export function showHUD(title: string): Promise<void> {
  note("huds", title);
  note("windows", "closed");
  return done();
}

export function closeMainWindow(): Promise<void> {
  note("windows", "closed");
  return done();
}

export function popToRoot(): Promise<void> {
  note("windows", "root");
  return done();
}

interface AlertAction {
  title: string;
  style?: string;
  onAction?: () => unknown;
}

export interface AlertOptions {
  title: string;
  message?: string;
  icon?: unknown;
  primaryAction?: AlertAction;
  dismissAction?: AlertAction;
}

const lookOf = (action: AlertAction | undefined, title: string, style: string) => ({
  title: action?.title ?? title,
  style: action?.style ?? style,
});

/** The test says what the user presses. @throws when the test gave no answer */
export async function confirmAlert(options: AlertOptions): Promise<boolean> {
  const { title, message, icon, primaryAction, dismissAction } = options;
  const answer = await ask("alert", {
    ...{ title, message, icon },
    primaryAction: lookOf(primaryAction, "OK", AlertStyle.Default),
    dismissAction: lookOf(dismissAction, "Cancel", AlertStyle.Cancel),
  });
  if (typeof answer !== "boolean") throw new Error(`the test answers no alert: "${title}" (give launch an \`answer\`)`);
  (answer ? primaryAction : dismissAction)?.onAction?.();
  return answer;
}

/** @throws as Raycast does, where this extension has no such command */
export async function launchCommand(options: LaunchRecord): Promise<void> {
  await done();
  if (options.extensionName === undefined && !hasCommand(options.name))
    throw new Error(`there is no command "${options.name}" to launch`);
  if (options.type !== "userInitiated" && options.type !== "background")
    throw new Error(`launchCommand needs a LaunchType, not ${String(options.type)}`);
  note("launches", JSON.parse(JSON.stringify(options)) as LaunchRecord);
}

export function open(target: string, application?: unknown): Promise<void> {
  note("opened", { how: "open", target: String(target), ...(application === undefined ? {} : { application }) });
  return done();
}

export function showInFinder(path: string): Promise<void> {
  note("opened", { how: "finder", target: String(path) });
  return done();
}

export function trash(paths: string | string[]): Promise<void> {
  for (const path of [paths].flat()) note("opened", { how: "trash", target: path });
  return done();
}

export function openExtensionPreferences(): Promise<void> {
  note("opened", { how: "extension preferences", target: spec.name });
  return done();
}

export function openCommandPreferences(): Promise<void> {
  note("opened", { how: "command preferences", target: spec.name });
  return done();
}

export function updateCommandMetadata(metadata: { subtitle?: string | null }): Promise<void> {
  note("subtitles", metadata.subtitle ?? null);
  return done();
}

export type Content = string | number | { text?: string; html?: string; file?: string | URL };

let clip: Omit<ClipRecord, "concealed" | "pasted"> = {};

function put(content: Content, concealed: boolean, pasted: boolean): Promise<void> {
  const { text, html, file } = typeof content === "object" ? content : { text: String(content) };
  const told = {
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    ...(file === undefined ? {} : { file: file.toString() }),
  };
  if (!pasted) clip = told;
  note("clips", { ...told, concealed, pasted });
  return done();
}

export const Clipboard = {
  copy: (content: Content, options: { concealed?: boolean } = {}) => put(content, options.concealed ?? false, false),
  paste: (content: Content) => put(content, false, true),
  clear: () => put("", false, false),
  read: () => Promise.resolve({ text: "", ...clip }),
  readText: () => Promise.resolve(clip.text),
};
