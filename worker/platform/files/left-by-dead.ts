// Files that carry the pid of whoever made them for a moment, and that its sudden death has left: `<before><pid><after>`.
// Source: contract §12 (what a dead one left goes with the next write).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf, type FileLayer } from "./file-layer.ts";

/** @returns paths of those in `folder` whose maker is dead; [] for a folder that may not be listed */
export function leftByDead(
  folder: string,
  [before, after]: [before: string, after: string],
  layer: Pick<FileLayer, "readdirSync"> = { readdirSync },
): string[] {
  try {
    const names = layer.readdirSync(folder).filter((name) => name.startsWith(before) && name.endsWith(after));
    return names
      .filter((name) => isDeadPid(name.slice(before.length, name.length - after.length)))
      .map((name) => join(folder, name));
  } catch (error) {
    if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") return []; // writing there needs no listing
    throw error;
  }
}

const PID = /^[1-9]\d*$/;

const isDeadPid = (text: string): boolean => PID.test(text) && !isLivingPid(text);

/** What is no pid is nobody's; a process of another user (EPERM) lives. */
export function isLivingPid(text: string): boolean {
  if (!PID.test(text)) return false;
  try {
    process.kill(Number(text), 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}
