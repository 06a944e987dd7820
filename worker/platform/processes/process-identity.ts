// Tells whether a process written down earlier still lives: a pid alone may have been given to another program since.
// Source: contract §11 (pid, pid start time). Linux reads /proc, every other system asks `ps`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { errorText } from "../../core/errors.ts";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { parseProcStat } from "./proc-stat.ts";

/** Start time of a process that lives but does not let itself be dated. Never a proof of death. */
const UNKNOWN = "unknown";

/**
 * Name the start of a live process, equal for as long as it lives and different for a later one with its pid.
 * @returns null if there is no such process or it is a zombie; "unknown" if it lives and cannot be dated
 */
export function processStartTime(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return null;
  return platform === "linux" ? startFromProc(pid) : startFromPs(pid);
}

/** Judge whether the process that had `pid` and `startedAt` (of processStartTime) still lives. In doubt it does. */
export function isSameProcess(
  pid: number,
  startedAt: string | null,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const now = processStartTime(pid, platform);
  if (now === null) return false;
  return startedAt === null || startedAt === UNKNOWN || now === UNKNOWN || now === startedAt;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH"); // EPERM: it lives and belongs to someone else
  }
}

/** The boot id tells boots apart. */
function startFromProc(pid: number): string | null {
  try {
    const { hasEnded, startTicks } = parseProcStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (hasEnded) return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return startTicks === null ? UNKNOWN : `${boot}:${startTicks}`;
  } catch (error) {
    return hasCode(error, "ENOENT") || hasCode(error, "ESRCH") ? goneOrHidden(pid) : UNKNOWN;
  }
}

/** `ps` prints the start in local time and language: both are pinned, else a change would look like another process. */
function startFromPs(pid: number): string | null {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: toolEnvironment(process.env),
      timeout: 5000,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [state, ...start] = line.split(/\s+/);
    if (/^[ZX]/.test(state ?? "")) return null;
    return start.length === 0 ? UNKNOWN : start.join(" ");
  } catch (error) {
    return /Command failed/.test(errorText(error)) ? goneOrHidden(pid) : UNKNOWN;
  }
}

/** It vanished while it was looked at, or the system hides other users' processes. */
function goneOrHidden(pid: number): string | null {
  return exists(pid) ? UNKNOWN : null;
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
