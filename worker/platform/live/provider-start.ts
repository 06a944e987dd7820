// How a provider that lives, or would be loaded, is started: its words, environment and folder, as far as they can be told.
// Source: contract §12 (the config that the live provider really reads). Only looks.
import { join } from "node:path";
import { knownArgv } from "../../core/live/command-line.ts";
import type { Launch } from "../../core/config/config-launch.ts";
import { nameOf } from "../../core/live/conflict.ts";
import { AutotuneError } from "../../core/errors.ts";
import type { ForegroundProvider, LaunchdProvider } from "../../core/live/live-provider.ts";
import { servedBy, startedBy, type ProviderProgram } from "../../core/live/provider-argv.ts";
import { PROVIDER_LABELS } from "../../core/live/provider-labels.ts";
import { readPlist, readPlistFolder, type Plist } from "../launchd/plist.ts";
import { readSurroundings, type Surroundings } from "../processes/processes.ts";

/** Whose config is the macprovider's. */
export const MACPROVIDERS: readonly (ProviderProgram | null)[] = ["macprovider-cli", "malibu-cli"];

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
export async function startOfService(one: LaunchdProvider, places: StartPlaces): Promise<Started> {
  const plist = await readPlist(one.plistPath, places.env).catch(() => null);
  const running = one.processes.find(({ argv }) => MACPROVIDERS.includes(servedBy(argv))) ?? null;
  const around = running === null ? null : await readSurroundings(running, places);
  const planned = plist === null ? null : launchOf(plist, places);
  const listed = one.argv.length > 0 ? one.argv : (planned?.argv ?? []);
  const launch: Launch = {
    argv: around === null || around.argv.length === 0 ? listed : wordsOf(one, around, [one.argv, planned?.argv ?? []]),
    env: around?.env ?? planned?.env ?? {},
    cwd: around?.cwd ?? planned?.cwd ?? "/",
    home: places.homeDir,
  };
  return { name: nameOf(one), launch };
}

/** @throws AutotuneError config_error if it cannot be told which words name its config */
export async function startOfForeground(one: ForegroundProvider, places: StartPlaces): Promise<Started> {
  const [root] = one.processes;
  const around = root === undefined ? null : await readSurroundings(root, places);
  const argv = around === null ? [] : wordsOf(one, around, []);
  return { name: nameOf(one), launch: { argv, env: around?.env ?? {}, cwd: around?.cwd ?? "/", home: places.homeDir } };
}

/** Words that were put together from ps are only a guess where they name a config: it might be a file at a path that was cut. */
function wordsOf(
  one: LaunchdProvider | ForegroundProvider,
  { argv, doubt }: Surroundings,
  known: readonly (readonly string[])[],
): readonly string[] {
  if (doubt === null) return argv;
  const exact = knownArgv(argv.join(" "), known);
  if (exact !== null || !argv.some((word) => /^--config(=|$)/.test(word))) return exact ?? argv;
  throw new AutotuneError("config_error", `which config ${nameOf(one)} reads cannot be told: ${doubt}`, {
    remedy: "Name its config by MACPROVIDER_CONFIG instead of --config, or by a path without spaces.",
  });
}

/** Agents that would run a provider if they were loaded. */
export async function installedStarts(places: StartPlaces): Promise<Started[]> {
  const { plists } = await readPlistFolder(join(places.homeDir, "Library", "LaunchAgents"), places.env);
  return plists
    .filter((plist) => {
      const program = startedBy(plist.argv);
      const known = program === null && (PROVIDER_LABELS as readonly string[]).includes(plist.label);
      return known || (program !== null && MACPROVIDERS.includes(program));
    })
    .map((plist) => ({ name: `${plist.label} (not loaded)`, launch: launchOf(plist, places) }));
}

function launchOf(plist: Plist, { homeDir }: StartPlaces): Launch {
  const cwd = plist.workingDirectory ?? "/";
  return { argv: plist.argv, env: plist.environment, cwd, home: homeDir };
}
