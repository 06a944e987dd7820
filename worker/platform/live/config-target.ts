// Which config file the live provider of this Mac really reads, what goes before it there, and which service to restart for it.
// The incumbent, apply, revert and serve all ask here. Source: contract §12 (target). Only looks.
import { join } from "node:path";
import type { Blocker } from "../../core/live/conflict.ts";
import { describeLive } from "../../core/live/conflict.ts";
import { configNamedBy, overridesOf, type Override } from "../../core/config/config-launch.ts";
import { AutotuneError } from "../../core/errors.ts";
import type { LaunchdProvider } from "../../core/live/live-provider.ts";
import { type Provider, PROVIDERS, type ProviderId } from "../../providers/index.ts";
import { interruptible } from "../../interruptible.ts";
import { findLiveProviders, type SearchResult } from "./live-providers.ts";
import { readPlist } from "../launchd/plist.ts";
import {
  type ConfigReader,
  installedStarts,
  isProgramOf,
  startOfForeground,
  startOfService,
} from "./provider-start.ts";
import { isSameFile } from "../files/same-file.ts";

/** A loaded launchd service that reads the config. */
export interface TargetService {
  domain: string;
  label: string;
  /** What runs of it now; a restart is through when none of these does. */
  pids: number[];
}

export interface ConfigTarget {
  path: string;
  /** How that is known, for people, e.g. "--config of live.malibu.provider". */
  from: string;
  service: TargetService | null;
  overrides: Override[];
  /** Why no service may be restarted now. */
  blockers: Blocker[];
  /** What a person should know, e.g. of a provider in the foreground. */
  notes: string[];
}

export interface TargetPlaces {
  homeDir: string;
  env: NodeJS.ProcessEnv;
  /** Where processes are looked for; this machine's by default. */
  platform?: NodeJS.Platform;
  /** Ends the search, and the waiting for a config on a disk that does not answer. */
  signal?: AbortSignal | undefined;
}

/**
 * Find the config file of a provider.
 * @throws AutotuneError config_error if several live providers read different files, or which one is read cannot be told;
 *   provider_conflict if processes cannot be listed; the signal's reason as soon as it aborts
 */
export async function findConfigTarget(provider: ProviderId, places: TargetPlaces): Promise<ConfigTarget> {
  return interruptible(search(provider, places), places.signal);
}

async function search(provider: ProviderId, places: TargetPlaces): Promise<ConfigTarget> {
  const server = PROVIDERS[provider];
  const { config } = server;
  if (config.readBy === "nobody") return ownTarget(places, config.file, config.what);
  const found = await findLiveProviders({ ...places, port: 0, uid: process.getuid?.() ?? 0 });
  return config.readBy === "serve"
    ? servedTarget(server, ownTarget(places, config.file, "read by mlx-autotune serve"), found, places)
    : providersTarget({ ...server, config }, found, places);
}

/** A config of our own. */
export function ownConfigPath(homeDir: string, name: string): string {
  return join(homeDir, ".config", "mlx-autotune", name);
}

function ownTarget({ homeDir }: TargetPlaces, name: string, from: string): ConfigTarget {
  return { path: ownConfigPath(homeDir, name), from, service: null, overrides: [], blockers: [], notes: [] };
}

/** It is read by `mlx-autotune serve` alone; a server that was started by itself never sees it. */
async function servedTarget(
  server: Provider,
  target: ConfigTarget,
  { live, blockers }: SearchResult,
  places: TargetPlaces,
): Promise<ConfigTarget> {
  const services = live.filter((one) => one.kind === "launchd-managed");
  const commands = await Promise.all(services.map((one) => commandLines(one, places)));
  const ours = services.filter((_, at) => commands[at]?.some(readsServeYaml));
  const notes = live.flatMap((one) => {
    if (one.kind === "port" || !isProgramOf(server, one.program) || ours.some((service) => service === one)) return [];
    const how = one.kind === "foreground" ? "start it again with `mlx-autotune serve`" : SERVE_INSTEAD;
    return [`${describeLive(one)} does not take this up by itself: ${how}.`];
  });
  const service = ours[0] === undefined ? null : asService(ours[0]);
  return { ...target, service, blockers: service === null ? [] : blockers, notes };
}

const SERVE_INSTEAD = "let its plist run `mlx-autotune serve` instead of its own command line";

function readsServeYaml(argv: readonly string[]): boolean {
  const at = argv.findIndex((word) => /(^|\/)(mlx-autotune|cli\.cjs)$/.test(word));
  return at >= 0 && argv[at + 1] === "serve" && (argv[at + 2] ?? "-").startsWith("-");
}

async function commandLines(one: LaunchdProvider, { env }: TargetPlaces): Promise<string[][]> {
  const plist = await readPlist(one.plistPath, env).catch(() => null);
  return [...one.processes.map(({ argv }) => argv), ...(plist === null ? [] : [plist.argv])];
}

/** Best first: what is loaded, what runs in the foreground, what is installed, our own environment, the default place. */
async function providersTarget(server: ConfigReader, found: SearchResult, places: TargetPlaces): Promise<ConfigTarget> {
  const loaded = found.live.filter((one) => one.kind === "launchd-managed").filter((one) => isServiceOf(server, one));
  const foreground = found.live
    .filter((one) => one.kind === "foreground")
    .filter((one) => isProgramOf(server, one.program));
  const managed = await Promise.all(loaded.map((one) => startOfService(one, server, places)));
  const unmanaged = await Promise.all(foreground.map((one) => startOfForeground(one, server, places)));
  const installed = managed.length + unmanaged.length > 0 ? [] : await installedStarts(server, places);
  const started = [managed, unmanaged, installed].find((list) => list.length > 0) ?? [];
  const notes = foreground.map(
    (one) => `${describeLive(one)} is not restarted from here: end it and start it again to serve what is written.`,
  );
  const { blockers } = found;
  if (started.length === 0)
    return { ...defaultTarget(server.config, places), service: null, overrides: [], blockers, notes };
  const fallback = defaultTarget(server.config, { ...places, env: {} }).path;
  const [first, ...others] = started.map((one) => ({
    ...one,
    path: configNamedBy(one.launch, server.config.launch) ?? fallback,
  }));
  if (first === undefined) throw new Error("unreachable: the list is not empty");
  for (const other of others) if (!(await isSameFile(other.path, first.path))) throw ambiguous(first, other);
  return {
    path: first.path,
    from: `${first.path === fallback ? "the default for" : "named by"} ${first.name}`,
    service: loaded[0] === undefined ? null : asService(loaded[0]),
    overrides: started.flatMap((one) => overridesOf(one.launch, server.config.launch)),
    blockers,
    notes,
  };
}

function defaultTarget(
  { launch, defaultPath }: ConfigReader["config"],
  { homeDir, env }: TargetPlaces,
): { path: string; from: string } {
  const set = Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const named = configNamedBy({ argv: [], env: set, cwd: process.cwd(), home: homeDir }, launch);
  const variable = launch.configVariables.find((name) => set[name] !== undefined);
  if (named !== null) return { path: named, from: `named by ${variable} in this environment` };
  return { path: join(homeDir, defaultPath), from: "the default place" };
}

function isServiceOf(server: Provider, { role, program, label }: LaunchdProvider): boolean {
  if (role !== "provider") return false;
  return program === null ? server.live.labels.includes(label) : isProgramOf(server, program);
}

function asService({ domain, label, processes }: LaunchdProvider): TargetService {
  return { domain, label, pids: processes.map(({ pid }) => pid) };
}

function ambiguous(one: { name: string; path: string }, other: { name: string; path: string }): AutotuneError {
  return new AutotuneError(
    "config_error",
    `two providers read different configs: ${one.name} reads ${one.path}, ${other.name} reads ${other.path}`,
    { remedy: "Stop the one that should not serve (launchctl bootout, or remove its plist), then repeat." },
  );
}
