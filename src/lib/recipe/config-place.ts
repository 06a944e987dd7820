// Where in the home folder a config lies, if it does, found without touching anything outside of it: network disks are mounted elsewhere,
// macOS asks the user before a program reads Documents and the like, and fetches what lies in the cloud.
import { lstat, readlink, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

const GUARDED = /^(Desktop|Documents|Downloads|Library\/(Mobile Documents|CloudStorage))(\/|$)/i;
/** As many as the kernel follows. */
const MOST_LINKS = 40;

/**
 * Follow a path link by link.
 * @returns the file that it means; null if a step leads out of the home folder or into a guarded one
 * @throws the system's error, ENOENT for what is not there
 */
export async function placeAtHome(path: string, homeDir = homedir()): Promise<string | null> {
  const homes = [homeDir, await realpath(homeDir)];
  let next = path;
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const home = homes.find((one) => isInside(relative(one, next)));
    if (home === undefined) return null;
    const step: Step = await firstLink(home, relative(home, next));
    if (step.link === null) return step.place;
    next = step.link;
  }
  return null;
}

const isInside = (way: string): boolean =>
  way !== "" && !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`) && !GUARDED.test(way);

interface Step {
  place: string;
  /** Where the first link on the way leads, with the rest of the way; null without one. */
  link: string | null;
}

async function firstLink(home: string, way: string): Promise<Step> {
  const names = way.split(sep);
  let place = home;
  for (const [index, name] of names.entries()) {
    place = join(place, name);
    if (!(await lstat(place)).isSymbolicLink()) continue;
    return { place, link: resolve(dirname(place), await readlink(place), ...names.slice(index + 1)) };
  }
  return { place, link: null };
}
