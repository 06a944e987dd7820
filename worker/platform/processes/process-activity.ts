// How much a process and all that it started have worked so far. Source: contract §5 (a provider that loads is waited for).
import { parseActivity, type Activity } from "../../core/live/process-activity.ts";
import { ancestors } from "../../core/live/provider-family.ts";
import { tryListProcesses } from "./processes.ts";
import { askTool } from "./system-tool.ts";

/** @returns null where it cannot be told */
export async function activityOf(pid: number): Promise<Activity | null> {
  const processes = (await tryListProcesses()) ?? [];
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const below = processes.filter((one) => ancestors(one, byPid).some((above) => above.pid === pid));
  const pids = [pid, ...below.map((one) => one.pid)].join(",");
  const told = await askTool("ps", ["-o", "time=,rss=", "-p", pids], { env: process.env }).catch(() => "");
  return parseActivity(told);
}
