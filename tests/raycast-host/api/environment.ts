// Where a command finds itself: `environment` and the preferences, with defaults from the manifest of the bundle.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import type { Spec } from "../protocol.ts";

export const spec = workerData as Spec;

interface Preference {
  name: string;
  type: string;
  required?: boolean;
  default?: unknown;
}

interface Entry {
  name: string;
  mode?: "view" | "no-view" | "menu-bar";
  preferences?: Preference[];
}

interface Manifest {
  name: string;
  author: string;
  owner?: string;
  commands?: Entry[];
  tools?: Entry[];
  preferences?: Preference[];
}

const manifest = JSON.parse(readFileSync(join(spec.extension, "package.json"), "utf8")) as Manifest;
const entry = (spec.kind === "tool" ? manifest.tools : manifest.commands)?.find(({ name }) => name === spec.name);
if (entry === undefined) throw new Error(`the manifest has no ${spec.kind} "${spec.name}"`);

export const commandMode = entry.mode ?? "no-view";

/** Is there a command of this name? */
export const hasCommand = (name: string) => manifest.commands?.some((command) => command.name === name) ?? false;

export const environment = {
  raycastVersion: "1.104.25",
  ownerOrAuthorName: manifest.owner ?? manifest.author,
  extensionName: manifest.name,
  commandName: spec.name,
  commandMode,
  assetsPath: join(spec.dist, "assets"),
  supportPath: spec.supportPath,
  isDevelopment: spec.isDevelopment,
  appearance: spec.appearance,
  theme: spec.appearance,
  textSize: "medium",
  launchType: spec.launchType,
  launchContext: spec.launchContext,
  canAccess: () => false,
};

/** @throws where a required one has no value: Raycast would not start the command */
export function getPreferenceValues(): Record<string, unknown> {
  const declared = [...(manifest.preferences ?? []), ...(entry?.preferences ?? [])];
  const unknown = Object.keys(spec.preferences).filter(
    (name) => !declared.some((preference) => preference.name === name),
  );
  if (unknown.length > 0) throw new Error(`the manifest has no preference ${unknown.join(", ")}`);
  return Object.fromEntries(declared.map((preference) => [preference.name, valueOf(preference)]));
}

function valueOf({ name, type, required, default: normal }: Preference): unknown {
  const value = spec.preferences[name] ?? normal ?? (type === "checkbox" ? false : undefined);
  if (required === true && (value === undefined || value === ""))
    throw new Error(`the preference ${name} has no value`);
  return value;
}
