import { shellCommand } from "../text/shell-words.ts";
// Whether launchd would load a plist again, from plain facts about the file: it refuses what others may write to, what belongs to
// somebody else and what lies on another volume, also if it is loaded now. Pure.
// Source: launchctl(1) (owner; group and world writes), log lines of launchd for plists on external volumes.

/** What there is at the plist's path. */
export interface PlistFacts {
  path: string;
  /** Where it really lies. */
  realPath: string;
  isFile: boolean;
  ownerUid: number;
  /** Permission bits. */
  mode: number;
  device: number;
  /** The volumes that the system started from. */
  bootDevices: readonly number[];
  label: string;
  /** LimitLoadToSessionType; null = not given, which is Aqua. */
  sessionTypes: readonly string[] | null;
}

/** Why a bootstrap would fail, and what helps. */
export interface Obstacle {
  text: string;
  remedy: string;
}

/** @returns null if nothing is in its way */
export function obstacleOf(facts: PlistFacts, wanted: { label: string; domain: string; uid: number }): Obstacle | null {
  const { path, mode, ownerUid } = facts;
  const file = shellCommand([path]);
  if (!facts.isFile) return { text: `${path} is no file.`, remedy: `Put the job's plist at ${file}.` };
  if ((mode & 0o022) !== 0)
    return {
      text: `others may write to ${path} (mode ${mode.toString(8)}).`,
      remedy: `Type \`chmod go-w ${file}\`.`,
    };
  if (ownerUid !== wanted.uid && ownerUid !== 0)
    return {
      text: `${path} belongs to user ${ownerUid}, not to you (${wanted.uid}) or root.`,
      remedy: `Type \`sudo chown ${wanted.uid} ${file}\`.`,
    };
  if (isElsewhere(facts))
    return {
      text: `${path} lies on another volume than the system (${facts.realPath}).`,
      remedy: "Copy it to /Library/LaunchAgents (owner root, mode 644) and load it from there.",
    };
  return wrongContent(facts, wanted);
}

/** The system's own volume has a name under /Volumes, too. */
function isElsewhere({ realPath, device, bootDevices }: PlistFacts): boolean {
  return realPath.startsWith("/Volumes/") && !bootDevices.includes(device);
}

/** It may have been edited since it was loaded. */
function wrongContent({ path, label, sessionTypes }: PlistFacts, wanted: { label: string; domain: string }) {
  if (label !== wanted.label)
    return {
      text: `${path} now describes ${label}, not ${wanted.label}.`,
      remedy: `Put the Label ${wanted.label} back into it.`,
    };
  if (!wanted.domain.startsWith("gui/") || sessionTypes === null || sessionTypes.includes("Aqua")) return null;
  return {
    text: `${path} is not meant for a session at the screen (LimitLoadToSessionType ${sessionTypes.join(", ")}).`,
    remedy: "Add Aqua to its LimitLoadToSessionType.",
  };
}
