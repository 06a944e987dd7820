// What counts as a live provider: from plain facts about launchd, processes and listeners to a list of findings.
// Source: contract §5, first paragraph.
import { startedBy } from "./provider-argv.ts";
import {
  ancestors,
  type Family,
  type ProcessFacts,
  type ProcessInfo,
  providerFamilies,
  startedByUs,
} from "./provider-family.ts";
import { namedPorts } from "./named-ports.ts";
import { type AgentFile, PROVIDER_LABELS, watchdogOf } from "./provider-labels.ts";

export interface Listener {
  /** Null if the owner cannot be seen (another user's process). */
  pid: number | null;
  port: number;
}

/** A service that `print` called loaded. */
export interface LoadedService {
  domain: string;
  label: string;
  pid: number | null;
  plistPath: string | null;
  /** What launchd starts, word by word; [] where it does not say. */
  argv: readonly string[];
}

export interface Facts extends ProcessFacts {
  uid: number;
  /** The user's own domain, `gui/<uid>`. */
  domain: string;
  port: number;
  services: LoadedService[];
  agents: AgentFile[];
  /** Listeners on `port`. */
  listeners: Listener[];
}

export interface LaunchdProvider {
  kind: "launchd-managed";
  role: "provider" | "watchdog";
  domain: string;
  label: string;
  plistPath: string;
  /** What launchd starts, word by word: as it was loaded, else as its plist says; [] if neither can be told. */
  argv: readonly string[];
  /** What that runs; null if that cannot be told (a wrapper script, a watchdog). */
  program: string | null;
  /** The job's own process and the provider processes under it; [] while it does not run. */
  processes: ProcessInfo[];
  /** Ports that its command line names; ascending. */
  ports: number[];
  /** Ports it listens on at this moment, ascending; [] while it loads, or where that cannot be seen. */
  listening: number[];
}

export interface ForegroundProvider {
  kind: "foreground";
  pid: number;
  program: string;
  /** The first is the one with `pid`; the others are provider processes it started. */
  processes: ProcessInfo[];
  ports: number[];
  listening: number[];
  /** Why it could not be started again as it was; null if it could. */
  doubt: string | null;
}

/** Something else that holds our port. No drain can help. */
export interface PortHolder {
  kind: "port";
  port: number;
  pid: number | null;
  argv: string[];
}

export type LiveProvider = LaunchdProvider | ForegroundProvider | PortHolder;

/** A live provider that no drain may touch. */
export interface Untouchable {
  why: "other-domain" | "no-plist" | "other-user";
  name: string;
  domain: string | null;
  pid: number | null;
}

/** Watchdogs first (they would revive what is drained before them), then providers, foreground processes, the port. */
export function judgeFacts(facts: Facts): { live: LiveProvider[]; untouchable: Untouchable[] } {
  const families = providerFamilies(facts);
  const untouchable: Untouchable[] = [];
  const managed: LaunchdProvider[] = [];
  const taken = new Set<ProcessInfo>();
  for (const service of facts.services) {
    const agent = facts.agents.find((a) => a.label === service.label && a.daemon === (service.domain === "system"));
    const owned = families.filter((family) => runsUnder(family, service, agent, facts));
    if (!isProviderService(service, agent, facts) && owned.length === 0) continue;
    for (const family of owned) taken.add(family.root);
    const found = launchdFinding(service, agent, owned, facts);
    if ("why" in found) untouchable.push(found);
    else managed.push(found);
  }
  const free = families.filter((family) => !taken.has(family.root));
  const foreign = free.filter((family) => family.root.uid !== facts.uid);
  untouchable.push(...foreign.map(({ root, program }) => otherUser(root, program)));
  const foreground = free.filter((family) => family.root.uid === facts.uid).map(foregroundFinding);
  managed.sort((a, b) => Number(a.role === "provider") - Number(b.role === "provider"));
  return { live: [...managed, ...foreground, ...portHolders(facts, families, managed)], untouchable };
}

/**
 * A job owns its own process and its process group. Any deeper descendant counts only for a job that is known to be a
 * provider: a terminal multiplexer under launchd must not be drained for what a user started inside it.
 */
function runsUnder(family: Family, service: LoadedService, agent: AgentFile | undefined, facts: Facts): boolean {
  if (service.pid === null) return false;
  if (family.members.some((p) => p.pid === service.pid || p.pgid === service.pid)) return true;
  if (!isProviderService(service, agent, facts)) return false;
  const byPid = new Map(facts.processes.map((p) => [p.pid, p]));
  return ancestors(family.root, byPid).some((p) => p.pid === service.pid);
}

function isProviderService(service: LoadedService, agent: AgentFile | undefined, facts: Facts): boolean {
  const { label } = service;
  if (PROVIDER_LABELS.some((known) => label === known || label === watchdogOf(known))) return true;
  if (startedBy(startArgv(service, agent)) !== null) return true;
  return facts.services.some((s) => watchdogOf(s.label) === label);
}

/** What was loaded counts before the plist, which may have been edited since. */
function startArgv(service: LoadedService, agent: AgentFile | undefined): readonly string[] {
  return service.argv.length > 0 ? service.argv : (agent?.argv ?? []);
}

function launchdFinding(
  service: LoadedService,
  agent: AgentFile | undefined,
  owned: Family[],
  facts: Facts,
): LaunchdProvider | Untouchable {
  const { domain, label, pid } = service;
  if (domain !== facts.domain) return { why: "other-domain", name: label, domain, pid };
  const plistPath = service.plistPath ?? agent?.path ?? null;
  if (plistPath === null) return { why: "no-plist", name: label, domain, pid };
  const members = owned.flatMap((family) => family.members);
  const own = facts.processes.filter((p) => p.pid === pid && !members.includes(p));
  const processes = [...own, ...members];
  const argv = startArgv(service, agent);
  const program = owned[0]?.program ?? startedBy(argv);
  return {
    kind: "launchd-managed",
    role: program === null && label.endsWith("-watchdog") ? "watchdog" : "provider",
    domain,
    label,
    plistPath,
    argv,
    program,
    processes,
    ports: namedPorts(processes.length > 0 ? processes.map((p) => p.argv) : [argv]),
    listening: [],
  };
}

function foregroundFinding({ root, program, members }: Family): ForegroundProvider {
  return {
    kind: "foreground",
    pid: root.pid,
    program,
    processes: members,
    ports: namedPorts(members.map((p) => p.argv)),
    listening: [],
    doubt: null,
  };
}

function otherUser(root: ProcessInfo, program: string): Untouchable {
  return { why: "other-user", name: program, domain: null, pid: root.pid };
}

/** Where a run needs nothing but its port: whoever listens there, be it a live provider. */
export function judgePort(facts: PortFacts): PortHolder[] {
  return portHolders(facts, [], []);
}

type PortFacts = ProcessFacts & Pick<Facts, "port" | "listeners">;

/** Whoever started us may be a provider (it is not drained), but it must not hold our port any more than others. */
function portHolders(facts: PortFacts, families: Family[], managed: LaunchdProvider[]): PortHolder[] {
  const byPid = new Map(facts.processes.map((p) => [p.pid, p]));
  const own = startedByUs(facts, byPid);
  const found = [...families.flatMap((f) => f.members), ...managed.flatMap((m) => m.processes)];
  const explained = new Set(found.map((p) => p.pid));
  const holders = facts.listeners.filter(({ pid }) => {
    const process = pid === null ? undefined : byPid.get(pid);
    if (process === undefined) return true;
    return !own(process) && ![process, ...ancestors(process, byPid)].some((p) => explained.has(p.pid));
  });
  const first = holders.find((holder) => holder.pid !== null) ?? holders[0];
  if (first === undefined) return [];
  const argv = first.pid === null ? [] : (byPid.get(first.pid)?.argv ?? []);
  return [{ kind: "port", port: facts.port, pid: first.pid, argv }];
}
