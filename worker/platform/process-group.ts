// A process group that we lead: is it alive, signal it, wait until it is gone.
// Source: contract §4 (SIGTERM to the group, a long grace, SIGKILL only as the last resort and recorded).
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

/** @returns false once no process of the group is left. */
export function groupAlive(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return true;
  } catch (error) {
    // EPERM: there is a process, but not one of ours.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Send a signal to the whole group; a group that is gone is no error. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Wait until the group is gone. @returns false if it still lives after `timeoutMs`, or `hurry` aborted. */
export async function groupGone(groupId: number, timeoutMs: number, hurry?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (groupAlive(groupId)) {
    if (performance.now() >= deadline || hurry?.aborted) return false;
    await delay(25);
  }
  return true;
}

/** @returns the group id of a process, or null if there is no such process. */
export async function groupOf(pid: number): Promise<number | null> {
  if (process.platform === "linux") return linuxGroupOf(pid);
  const result = await execa("ps", ["-o", "pgid=", "-p", String(pid)], { reject: false, timeout: 5000 });
  return result.failed ? null : Number(result.stdout.trim());
}

/** Field 5 of /proc/<pid>/stat; the name in field 2 may contain spaces and parentheses. */
async function linuxGroupOf(pid: number): Promise<number | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
