// Looks for live providers in every place that the contract names, and for reasons why none may be drained.
// Only looks: nothing is started, signalled or written.
import { access } from "node:fs/promises";
import { join } from "node:path";
import {
  type Blocker,
  noSessionBlocker,
  unclearBlocker,
  untouchableBlocker,
  updateBlocker,
} from "../../core/live/conflict.ts";
import { describeAnswer } from "../../core/launchd/launchctl-output.ts";
import { judgeFacts, type LiveProvider, type LoadedService } from "../../core/live/live-provider.ts";
import { type MeasuredServer, type OtherServer, otherServers } from "../../core/live/other-servers.ts";
import { otherServerOf, servedBy } from "../../core/live/provider-argv.ts";
import type { ProcessFacts, ProcessInfo } from "../../core/live/provider-family.ts";
import { type AgentFile, labelsToAsk, pidsToTrace, systemLabelsToAsk } from "../../core/live/provider-labels.ts";
import { SERVERS } from "../../providers/index.ts";
import { interruptible } from "../../interruptible.ts";
import { type AgentPlaces, readAgents } from "../launchd/agents.ts";
import { type Launchd, openLaunchd, type ServiceAnswer } from "../launchd/launchd.ts";
import { findListeners, portsOfPids } from "../processes/port-listener.ts";
import {
  listProcesses,
  type ProcessSource,
  readSurroundings,
  residentBytes,
  type Surroundings,
} from "../processes/processes.ts";

export interface SearchOptions extends ProcessSource, AgentPlaces {
  /** Where our candidates will listen. */
  port: number;
  env: NodeJS.ProcessEnv;
  uid: number;
  /** Who is "ourselves", with all it started; this process by default. */
  ownPid?: number;
  /** Further processes of ours, e.g. a candidate named in an open journal. */
  ignorePids?: readonly number[];
}

export interface SearchResult {
  /** Watchdogs first, in the order in which they have to be drained. */
  live: LiveProvider[];
  blockers: Blocker[];
  /** Other servers here, without who holds our port: left alone, and worth a warning. */
  others: MeasuredServer[];
  /** What could not be looked at, for people. */
  notes: string[];
}

/**
 * @throws AutotuneError provider_conflict if processes or listeners cannot be listed: nobody may be missed; the signal's reason as soon
 *   as it aborts
 */
export async function findLiveProviders(options: SearchOptions): Promise<SearchResult> {
  return interruptible(search(options), options.signal);
}

async function search(options: SearchOptions): Promise<SearchResult> {
  const [launchd, processes, listeners, updating] = await Promise.all([
    openLaunchd(options),
    processesInScope(options),
    findListeners(options.port, options),
    findPendingUpdates(options.homeDir),
  ]);
  const facts = { processes, ownPid: options.ownPid ?? process.pid, ignorePids: options.ignorePids ?? [] };
  const asked = launchd === null ? withoutLaunchd(options) : await askLaunchd(launchd, facts, options);
  const judged = judgeFacts({ ...facts, ...asked, uid: options.uid, port: options.port, listeners });
  const named = judged.live.flatMap((one) => (one.kind === "port" ? (one.pid ?? []) : one.processes.map((p) => p.pid)));
  const [live, others] = await Promise.all([
    Promise.all(judged.live.map((one) => lookedAt(one, options))),
    measured(otherServers(facts, new Set(named)), options),
  ]);
  return {
    live,
    others,
    blockers: [...updating, ...asked.blockers, ...judged.untouchable.map(untouchableBlocker)],
    notes: asked.notes,
  };
}

/** Tests run side by side on one machine: with this variable set, only providers that carry the same value in their environment are seen. */
const TEST_SCOPE = "MLX_AUTOTUNE_TEST_SCOPE";

async function processesInScope(options: SearchOptions): Promise<ProcessInfo[]> {
  const processes = await listProcesses(options);
  const scope = options.env[TEST_SCOPE];
  if (scope === undefined) return processes;
  const seen = await Promise.all(
    processes.map(async (p) => {
      if (servedBy(p.argv) === null && otherServerOf(p.argv) === null) return true;
      return (await readSurroundings(p, options)).env?.[TEST_SCOPE] === scope;
    }),
  );
  return processes.filter((_, i) => seen[i]);
}

/** What launchd says. */
interface Asked {
  domain: string;
  services: LoadedService[];
  agents: AgentFile[];
  blockers: Blocker[];
  notes: string[];
}

function withoutLaunchd({ uid, port }: SearchOptions): Asked {
  const note = `There is no launchctl here: only foreground processes and port ${port} were looked at.`;
  return { domain: `gui/${uid}`, services: [], agents: [], blockers: [], notes: [note] };
}

async function askLaunchd(launchd: Launchd, processFacts: ProcessFacts, options: SearchOptions): Promise<Asked> {
  const { domain } = launchd;
  const [{ agents, notes }, session] = await Promise.all([readAgents(options), launchd.printDomain(domain)]);
  const facts = { ...processFacts, agents };
  const asked: Asked = { domain, services: [], agents, blockers: [], notes };
  const questions = systemLabelsToAsk(agents).map((label) => ({ domain: "system", label }));
  if (session.state === "there") {
    questions.push(...labelsToAsk(facts, session.services).map((label) => ({ domain, label })));
  } else if (session.state === "unclear") {
    asked.blockers.push(unclearBlocker(describeAnswer(`print ${domain}`, session.answer)));
  } else {
    asked.blockers.push(noSessionBlocker(domain));
  }
  const answers = await Promise.all(questions.map(async (q) => ({ ...q, answer: await askTwice(launchd, q) })));
  for (const { domain: where, label, answer } of answers) keepAnswer(asked, where, label, answer);
  asked.services.push(...(await servicesElsewhere(launchd, facts, asked.services, options.uid)));
  return asked;
}

/** A missing or odd answer is asked for once more before it stops anything. */
async function askTwice(
  launchd: Launchd,
  { domain, label }: { domain: string; label: string },
): Promise<ServiceAnswer> {
  const first = await launchd.printService(domain, label);
  return first.state === "unclear" ? launchd.printService(domain, label) : first;
}

function keepAnswer(asked: Asked, domain: string, label: string, answer: ServiceAnswer): void {
  if (answer.state === "loaded") {
    const { pid, plistPath, argv } = answer.service;
    asked.services.push({ domain, label, pid, plistPath, argv });
  } else if (answer.state === "unclear") {
    asked.blockers.push(unclearBlocker(describeAnswer(`print ${domain}/${label}`, answer.answer)));
  }
}

/** Jobs of other domains whose process is a provider: KeepAlive would revive it there, where we cannot bring it back. */
async function servicesElsewhere(
  launchd: Launchd,
  facts: ProcessFacts,
  known: LoadedService[],
  uid: number,
): Promise<LoadedService[]> {
  const explained = new Set(known.map((service) => service.pid));
  const pids = new Set(pidsToTrace(facts).filter((pid) => !explained.has(pid)));
  if (pids.size === 0) return [];
  const found = await Promise.all(
    ["system", `user/${uid}`].map(async (domain) => {
      const answer = await launchd.printDomain(domain);
      const services = answer.state === "there" ? answer.services : [];
      return services.map((service) => ({ ...service, domain, plistPath: null, argv: [] }));
    }),
  );
  return found.flat().filter((service) => service.pid !== null && pids.has(service.pid));
}

async function findPendingUpdates(homeDir: string): Promise<Blocker[]> {
  const paths = SERVERS.flatMap(({ live }) => (live.pendingUpdate === null ? [] : join(homeDir, live.pendingUpdate)));
  const found = paths.map((path) =>
    access(path).then(
      () => [updateBlocker(path)],
      () => [],
    ),
  );
  return (await Promise.all(found)).flat();
}

/** What only the living process tells: where it listens, and whether it could be started again as it was. */
async function lookedAt(found: LiveProvider, source: ProcessSource): Promise<LiveProvider> {
  if (found.kind === "port") return found;
  const [root] = found.processes;
  const [listening, around] = await Promise.all([
    portsOfPids(
      found.processes.map((p) => p.pid),
      source,
    ),
    found.kind === "foreground" && root !== undefined ? readSurroundings(root, source) : null,
  ]);
  return found.kind === "foreground"
    ? { ...found, listening, doubt: around === null ? null : doubtOf(around) }
    : { ...found, listening };
}

function doubtOf({ doubt, env }: Surroundings): string | null {
  return doubt ?? (env === null ? "its environment cannot be read" : null);
}

async function measured(servers: readonly OtherServer[], source: ProcessSource): Promise<MeasuredServer[]> {
  const pids = servers.flatMap((server) => server.pids);
  const [memory, ...listening] = await Promise.all([
    residentBytes(pids, source),
    ...servers.map((server) => portsOfPids(server.pids, source)),
  ]);
  return servers.map((server, at) => {
    const held = server.pids.flatMap((pid) => memory.get(pid) ?? []);
    const bytes = held.length === 0 ? null : held.reduce((sum, one) => sum + one, 0);
    return { ...server, residentBytes: bytes, listening: listening[at] ?? [] };
  });
}
