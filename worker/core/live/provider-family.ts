// Which processes belong together, and which are our own: the process tree seen by the search for live providers.
// Source: contract §5 ("not ourselves").
import { servedBy } from "./provider-argv.ts";

export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  uid: number;
  /** Opaque; the same text only for the same process, so (pid, start) survives the reuse of a pid. */
  start: string;
  argv: string[];
}

export interface ProcessFacts {
  processes: ProcessInfo[];
  ownPid: number;
  /** Further processes that are ours although not our children, e.g. a candidate named in the journal. */
  ignorePids: readonly number[];
}

/** Provider processes of which one started the others. Stopping means all, bringing back means the root. */
export interface Family {
  root: ProcessInfo;
  program: string;
  members: ProcessInfo[];
}

/** All provider processes that are not ours, by pid of the root. */
export function providerFamilies(facts: ProcessFacts): Family[] {
  const byPid = new Map(facts.processes.map((p) => [p.pid, p]));
  const own = ownProcesses(facts, byPid);
  const families = new Map<ProcessInfo, Family>();
  for (const process of facts.processes) {
    const program = own(process) ? null : servedBy(process.argv);
    if (program === null) continue;
    const above = ancestors(process, byPid).filter((p) => !own(p) && servedBy(p.argv) !== null);
    const root = above.at(-1) ?? process;
    const family = families.get(root) ?? { root, program: servedBy(root.argv) ?? program, members: [] };
    family.members = process === root ? [process, ...family.members] : [...family.members, process];
    families.set(root, family);
  }
  return [...families.values()].sort((a, b) => a.root.pid - b.root.pid);
}

/** Whoever started us, and all that `startedByUs` says. */
export function ownProcesses(
  facts: Omit<ProcessFacts, "processes">,
  byPid: Map<number, ProcessInfo>,
): (process: ProcessInfo) => boolean {
  const self = byPid.get(facts.ownPid);
  const above = new Set(self === undefined ? [] : ancestors(self, byPid));
  const ours = startedByUs(facts, byPid);
  return (process) => above.has(process) || ours(process);
}

/** Ourselves, whatever we started, and what we were told to ignore with all it started. */
export function startedByUs(
  facts: Omit<ProcessFacts, "processes">,
  byPid: Map<number, ProcessInfo>,
): (process: ProcessInfo) => boolean {
  const roots = new Set([facts.ownPid, ...facts.ignorePids]);
  return (process) => roots.has(process.pid) || ancestors(process, byPid).some((p) => roots.has(p.pid));
}

/** Parent first, up to the first process of the system. */
export function ancestors(process: ProcessInfo, byPid: Map<number, ProcessInfo>): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  let next = byPid.get(process.ppid);
  while (next !== undefined && next !== process && !found.includes(next)) {
    found.push(next);
    next = byPid.get(next.ppid);
  }
  return found;
}
