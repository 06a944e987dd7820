// Whether two spellings of a path are one file: /var and /private/var, another case on a volume that ignores it, a link.
// Source: contract §12 (the file that the provider really reads); stat(2).
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { inTime } from "./in-time.ts";

/** Longer than any path that a system takes. */
const LONGEST_PATH = 4_096;

/** Also for a file that is not there yet: then its folder and name are compared. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  if (Math.max(one.length, other.length) > LONGEST_PATH) return false;
  const [first, second] = await Promise.all([identityOf(one), identityOf(other)]);
  if (first !== null || second !== null) return first !== null && first === second;
  if (dirname(one) === one || dirname(other) === other) return false;
  const [name, otherName] = [basename(one), basename(other)].map((text) => text.normalize("NFC"));
  const sameName = name === otherName || (name?.toLowerCase() === otherName?.toLowerCase() && (await ignoresCase(one)));
  return sameName && isSameFile(dirname(one), dirname(other));
}

/** @returns null if nothing is there, it cannot be looked at, or its disk does not answer */
async function identityOf(path: string): Promise<string | null> {
  const facts = await inTime(path, stat(path, { bigint: true })).catch(() => null);
  return facts === null ? null : `${facts.dev}:${facts.ino}`;
}

/** Whether the nearest folder that is there is also found under its name in the other case. */
async function ignoresCase(path: string): Promise<boolean> {
  const folder = dirname(path);
  if (folder === path) return false;
  const here = await identityOf(folder);
  if (here === null) return ignoresCase(folder);
  const name = basename(folder);
  const swapped = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (swapped === name) return ignoresCase(folder);
  return (await identityOf(`${dirname(folder)}/${swapped}`)) === here;
}
