// A process group: is it alive, signal it, wait until it is gone.
// Source: contract §4 (SIGTERM to the group, a long grace, SIGKILL only as the last resort and recorded).
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { pollPauseMs } from "../../core/poll-pause.ts";
import { parseProcStat, type ProcStat } from "./proc-stat.ts";

/**
 * @returns false once no process of the group is left. A zombie has ended: under a PID 1 that reaps nobody (a container's)
 * an orphan stays one for ever.
 */
export async function groupAlive(groupId: number, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const found = find(groupId);
  if (found === "nobody") return false;
  if (platform !== "linux") return found === "somebody" || hasLivingMember(groupId);
  if (await isLivingMember(groupId, groupId)) return true;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const living = await Promise.all(pids.map((pid) => isLivingMember(pid, groupId)));
  return living.includes(true);
}

/** "unclear": the kernel finds nobody that may be signalled, which macOS also says of a group of which only zombies are left. */
function find(groupId: number): "somebody" | "nobody" | "unclear" {
  try {
    process.kill(-groupId, 0);
    return "somebody";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "unclear" : "nobody";
  }
}

/** As `ps` sees it. Where it cannot tell, the group counts as alive. Source: ps(1), the state of a zombie begins with Z. */
async function hasLivingMember(groupId: number): Promise<boolean> {
  const answer = await ps(["-axo", "pgid=,stat="]);
  if (answer.failed) return true;
  const rows = answer.stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.some(([group, state = ""]) => Number(group) === groupId && !/^[ZX]/.test(state));
}

async function isLivingMember(pid: number, groupId: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== null && stat.groupId === groupId && !stat.hasEnded;
}

/**
 * Send a signal to the whole group; a group that is gone is no error, nor is one of which only zombies are left (EPERM on macOS).
 * Whether it goes is for `groupGone` to see.
 */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Wait until the group is gone. @returns false if it still lives after `timeoutMs`, or `hurry` aborted. */
export async function groupGone(groupId: number, timeoutMs: number, hurry?: AbortSignal): Promise<boolean> {
  const since = performance.now();
  while (await groupAlive(groupId)) {
    const waitedMs = performance.now() - since;
    if (waitedMs >= timeoutMs || hurry?.aborted) return false;
    await delay(pollPauseMs(waitedMs, 25));
  }
  return true;
}

/** @returns the group id of a process, or null if there is no such process. */
export async function groupOf(pid: number): Promise<number | null> {
  if (process.platform === "linux") return (await readStat(pid))?.groupId ?? null;
  const result = await ps(["-o", "pgid=", "-p", String(pid)]);
  return result.failed ? null : Number(result.stdout.trim());
}

function ps(words: string[]) {
  const env = toolEnvironment(process.env);
  return execa("ps", words, { env, extendEnv: false, reject: false, stdin: "ignore", timeout: 5000 });
}

async function readStat(pid: number): Promise<ProcStat | null> {
  try {
    return parseProcStat(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
