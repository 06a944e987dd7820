// Other programs that serve models here: not drained, but they share memory and GPU, so they are named. Source: server-commands.ts.
import { memorySize } from "../units.ts";
import { otherServerOf, servedBy } from "./provider-argv.ts";
import { ancestors, ownProcesses, type ProcessFacts, type ProcessInfo } from "./provider-family.ts";

/** A server with all that it started. */
export interface OtherServer {
  name: string;
  pid: number;
  /** It and its descendants. */
  pids: number[];
}

export interface MeasuredServer extends OtherServer {
  /** Of all its processes; what the GPU holds is not always in it. Null where that cannot be told. */
  residentBytes: number | null;
  /** Ports it listens on, ascending. */
  listening: number[];
}

/** By pid of the first. @param explained processes that are named already: a provider's, or who holds our port */
export function otherServers(facts: ProcessFacts, explained: ReadonlySet<number>): OtherServer[] {
  const byPid = new Map(facts.processes.map((p) => [p.pid, p]));
  const own = ownProcesses(facts, byPid);
  const found = new Map<number, OtherServer>();
  for (const process of facts.processes) {
    const line = [process, ...ancestors(process, byPid)];
    const root = line.findLast((one) => nameOf(one) !== null && !own(one));
    if (root === undefined || own(process) || line.some(({ pid }) => explained.has(pid))) continue;
    const server = found.get(root.pid) ?? { name: nameOf(root) ?? "", pid: root.pid, pids: [] };
    server.pids.push(process.pid);
    found.set(root.pid, server);
  }
  return [...found.values()].sort((a, b) => a.pid - b.pid);
}

function nameOf({ argv }: ProcessInfo): string | null {
  return servedBy(argv) === null ? otherServerOf(argv) : null;
}

/** e.g. "mlx_vlm.server (PID 812, port 8085, 13.2 GB resident)" */
export function describeOther({ name, pid, residentBytes, listening }: MeasuredServer): string {
  const port = listening.length === 0 ? [] : [`port ${listening.join(" and ")}`];
  const memory = residentBytes === null ? [] : [`${memorySize(residentBytes)} resident`];
  return `${name} (${[`PID ${pid}`, ...port, ...memory].join(", ")})`;
}

/** @returns one sentence, null if there is none */
export function otherServersText(servers: readonly MeasuredServer[]): string | null {
  if (servers.length === 0) return null;
  const them = servers.length === 1 ? "It is" : "They are";
  return `Also running: ${servers.map(describeOther).join("; ")}. ${them} not stopped and share memory and GPU with what is measured.`;
}
