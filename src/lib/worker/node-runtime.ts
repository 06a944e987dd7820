// Which Node runs the worker: the preference, else the one that runs this code, else Raycast's own, else the usual places.
// Source: DESIGN (Raycast runtime). Never older than 22: the worker's SQLite addon crashes there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { namedPath } from "../../../worker/core/settings/named-path.ts";
import { WorkerError } from "./worker-error.ts";
import type { WorkerPlace } from "./worker-place.ts";

export const OLDEST_NODE = 22;
/** A Node answers in 50 ms; a wrapper of a version manager may look things up first. This blocks, so it is short. */
const ASK_MS = 2000;

export type NodeSearch = Pick<WorkerPlace, "nodeBinary" | "execPath" | "nodeVersion" | "homeDir" | "env">;

/** @throws WorkerError if the one that runs this was removed; else that names every Node found too old, every place without one, and what to install */
export function findNode(search: NodeSearch): string {
  if (search.nodeBinary !== null) return chosenNode(search.nodeBinary, search.homeDir);
  const isNode = basename(search.execPath) === "node" && majorOf(search.nodeVersion) >= OLDEST_NODE;
  if (isNode && isProgram(search.execPath)) return search.execPath;
  const tried: string[] = [];
  for (const place of nodePlaces(search)) {
    const wrong = problemOf(place);
    if (wrong === null) return place.path;
    tried.push(`${place.path}: ${wrong}`);
  }
  const log = ["Tried:", ...tried].join("\n  ");
  // An update of Raycast takes its Node away while a command is open; the next start of Raycast brings the new one.
  if (isNode)
    throw new WorkerError(`Raycast's own Node, ${search.execPath}, is not there any more.`, {
      ...{ log, remedy: "Quit and open Raycast again." },
    });
  throw new WorkerError(`No Node ${OLDEST_NODE} or newer was found to run the worker.`, {
    ...{ log, preferences: true },
    remedy: "Install one (brew install node), or name one in the extension's preferences.",
  });
}

function chosenNode(chosen: string, home: string): string {
  const named = namedPath(chosen, { home, from: home });
  const wrong = named.ok ? problemOf({ path: named.value, version: null }) : named.problem;
  if (named.ok && wrong === null) return named.value;
  const shown = named.ok ? named.value : chosen;
  throw new WorkerError(`The Node of the preferences, ${shown}, cannot run the worker: ${wrong}.`, {
    preferences: true,
    remedy: `Name Node ${OLDEST_NODE} or newer there, or leave it empty.`,
  });
}

interface NodePlace {
  path: string;
  /** As its folder says; null if it has to be asked. */
  version: string | null;
}

/** Folders that hold one folder per version, below the home folder unless absolute; and where Node lies in each of them. */
const VERSION_FOLDERS: [folder: string, program: string][] = [
  [".nvm/versions/node", "bin/node"],
  [".volta/tools/image/node", "bin/node"],
  [".fnm/node-versions", "installation/bin/node"],
  [".local/share/fnm/node-versions", "installation/bin/node"],
  ["Library/Application Support/fnm/node-versions", "installation/bin/node"],
  [".local/share/mise/installs/node", "bin/node"],
  [".asdf/installs/nodejs", "bin/node"],
  [".nodenv/versions", "bin/node"],
  ["/usr/local/n/versions/node", "bin/node"],
];
const FIXED_FOLDERS = ["/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin", ".local/bin"];
/** Where Homebrew keeps versions that are not linked into its bin folder. */
const HOMEBREW_FOLDERS = ["/opt/homebrew/opt", "/usr/local/opt"];

function nodePlaces({ homeDir, env }: NodeSearch): NodePlace[] {
  const at = (folder: string) => (isAbsolute(folder) ? folder : join(homeDir, folder));
  const path = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const fixed = [...FIXED_FOLDERS.map(at), ...path].map((folder) => join(folder, "node"));
  return [
    ...raycastNodes(join(homeDir, "Library/Application Support")),
    ...[...new Set(fixed)].map((file) => ({ path: file, version: null })),
    ...HOMEBREW_FOLDERS.flatMap(homebrewNodes),
    ...VERSION_FOLDERS.flatMap(([folder, program]) => versionedNodes(at(folder), [program])),
  ];
}

/** Each build of Raycast has a folder of its own; the newest Node of all of them comes first. */
function raycastNodes(applicationSupport: string): NodePlace[] {
  const builds = namesIn(applicationSupport).filter((name) => name.startsWith("com.raycast"));
  const runtimes = builds.flatMap((build) => [
    join(applicationSupport, build, "NodeJS/runtime"),
    join(applicationSupport, build, "node/runtime"),
  ]);
  return runtimes.flatMap((folder) => versionedNodes(folder, ["bin/node", "node"])).sort(newestFirst);
}

function homebrewNodes(folder: string): NodePlace[] {
  return namesIn(folder)
    .filter((name) => /^node@\d+$/.test(name))
    .map((name) => ({ path: join(folder, name, "bin/node"), version: name.slice("node@".length) }))
    .sort(newestFirst);
}

/** What a folder of versions holds, newest first; a folder such as "lts" has to be asked. */
function versionedNodes(folder: string, programs: string[]): NodePlace[] {
  const nodes = namesIn(folder).flatMap((name) => {
    const version = /^(?:node-)?v?(\d+\.\d+\.\d+)(?!\d)/.exec(name)?.[1] ?? null;
    return programs.map((program) => ({ path: join(folder, name, program), version }));
  });
  return nodes.filter(({ path }) => isProgram(path)).sort(newestFirst);
}

function newestFirst(a: NodePlace, b: NodePlace): number {
  return (b.version ?? "0").localeCompare(a.version ?? "0", "en", { numeric: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // most of these folders are not there
  }
}

/** @returns why this Node cannot run the worker, or null */
function problemOf({ path, version }: NodePlace): string | null {
  if (!isProgram(path)) return "not there, or not a program";
  const found = version ?? askVersion(path);
  if (found === null) return "does not tell its version";
  return majorOf(found) >= OLDEST_NODE ? null : `is version ${found}, too old`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there
  }
}

function askVersion(path: string): string | null {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: ASK_MS, killSignal: "SIGKILL" });
  return /^v(\d+\.\d+\.\d+)/.exec(stdout ?? "")?.[1] ?? null;
}

function majorOf(version: string): number {
  return Number(version.split(".")[0]);
}
