// How a provider that lives, or would be loaded, is started: its words, environment and folder, as far as they can be told.
// Source: contract §12 (the config that the live provider really reads). Only looks.
import { join } from "node:path";
import { knownArgv } from "../../core/live/command-line.ts";
import type { Launch } from "../../core/config/config-launch.ts";
import { nameOf } from "../../core/live/conflict.ts";
import { AutotuneError } from "../../core/errors.ts";
import type { ForegroundProvider, LaunchdProvider } from "../../core/live/live-provider.ts";
import { servedBy, startedBy } from "../../core/live/provider-argv.ts";
import type { Provider } from "../../providers/index.ts";
import { readPlist, readPlistFolder, type Plist } from "../launchd/plist.ts";
import { readSurroundings, type Surroundings } from "../processes/processes.ts";

/** A server with a config of its own. */
export type ConfigReader = Omit<Provider, "config"> & { config: Extract<Provider["config"], { readBy: "provider" }> };

export const isProgramOf = ({ live }: Pick<Provider, "live">, program: string | null): boolean =>
  live.commands.some(({ name }) => name === program);

/** A provider with its way of being started. */
export interface Started {
  name: string;
  launch: Launch;
}

export interface StartPlaces {
  homeDir: string;
  env: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
}

/**
 * What really runs counts before the plist, which may have been edited since it was loaded.
 * @throws AutotuneError config_error if it cannot be told which words name its config
 */
export async function startOfService(
  one: LaunchdProvider,
  server: ConfigReader,
  places: StartPlaces,
): Promise<Started> {
  const plist = await readPlist(one.plistPath, places.env).catch(() => null);
  const running = one.processes.find(({ argv }) => isProgramOf(server, servedBy(argv))) ?? null;
  const around = running === null ? null : await readSurroundings(running, places);
  const planned = plist === null ? null : launchOf(plist, places);
  const listed = one.argv.length > 0 ? one.argv : (planned?.argv ?? []);
  const launch: Launch = {
    argv:
      around === null || around.argv.length === 0
        ? listed
        : wordsOf(one, server, around, [one.argv, planned?.argv ?? []]),
    env: around?.env ?? planned?.env ?? {},
    cwd: around?.cwd ?? planned?.cwd ?? "/",
    home: places.homeDir,
  };
  return { name: nameOf(one), launch };
}

/** @throws AutotuneError config_error if it cannot be told which words name its config */
export async function startOfForeground(
  one: ForegroundProvider,
  server: ConfigReader,
  places: StartPlaces,
): Promise<Started> {
  const [root] = one.processes;
  const around = root === undefined ? null : await readSurroundings(root, places);
  const argv = around === null ? [] : wordsOf(one, server, around, []);
  return { name: nameOf(one), launch: { argv, env: around?.env ?? {}, cwd: around?.cwd ?? "/", home: places.homeDir } };
}

/** Words that were put together from ps are only a guess where they name a config: it might be a file at a path that was cut. */
function wordsOf(
  one: LaunchdProvider | ForegroundProvider,
  { config: { launch } }: ConfigReader,
  { argv, doubt }: Surroundings,
  known: readonly (readonly string[])[],
): readonly string[] {
  if (doubt === null) return argv;
  const exact = knownArgv(argv.join(" "), known);
  if (exact !== null || !argv.some((word) => word.split("=", 1)[0] === launch.configFlag)) return exact ?? argv;
  throw new AutotuneError("config_error", `which config ${nameOf(one)} reads cannot be told: ${doubt}`, {
    remedy: `Name its config by ${launch.configVariables[0]} instead of ${launch.configFlag}, or by a path without spaces.`,
  });
}

/** Agents that would run a provider if they were loaded. */
export async function installedStarts(server: ConfigReader, places: StartPlaces): Promise<Started[]> {
  const { plists } = await readPlistFolder(join(places.homeDir, "Library", "LaunchAgents"), places.env);
  return plists
    .filter((plist) => {
      const program = startedBy(plist.argv);
      return program === null ? server.live.labels.includes(plist.label) : isProgramOf(server, program);
    })
    .map((plist) => ({ name: `${plist.label} (not loaded)`, launch: launchOf(plist, places) }));
}

function launchOf(plist: Plist, { homeDir }: StartPlaces): Launch {
  const cwd = plist.workingDirectory ?? "/";
  return { argv: plist.argv, env: plist.environment, cwd, home: homeDir };
}
