// Which launchd services are worth asking for: known labels, labels found through plists, labels found through processes.
import { SERVERS } from "../../providers/index.ts";
import { startedBy } from "./provider-argv.ts";
import { type ProcessFacts, providerFamilies } from "./provider-family.ts";

/** A job description in one of the folders that launchd loads from. */
export interface AgentFile {
  path: string;
  label: string;
  argv: string[];
  /** From /Library/LaunchDaemons: the system domain loads it. */
  daemon: boolean;
}

/** Known by their name alone. */
export const PROVIDER_LABELS: readonly string[] = SERVERS.flatMap(({ live }) => live.labels);

/** The label of the watchdog that revives `label`. */
export function watchdogOf(label: string): string {
  return `${label}-watchdog`;
}

/**
 * Labels worth a `print` in the user's own domain: the known ones, agents whose plist runs a provider, the jobs whose
 * process (or its group) is a provider, and the watchdogs of all these. No label twice.
 */
export function labelsToAsk(
  facts: ProcessFacts & { agents: readonly AgentFile[] },
  listed: readonly { label: string; pid: number | null }[],
): string[] {
  const byPlist = facts.agents.filter((agent) => !agent.daemon && startedBy(agent.argv) !== null).map((a) => a.label);
  const groups = new Set(providerFamilies(facts).flatMap(({ root }) => [root.pid, root.pgid]));
  // An application's own process is listed too (application.com.…): it is no job that could be bootstrapped again.
  const byPid = listed.filter((s) => s.pid !== null && groups.has(s.pid) && !s.label.startsWith("application."));
  const providers = new Set([...PROVIDER_LABELS, ...byPlist, ...byPid.map((s) => s.label)]);
  const known = new Set([...listed, ...facts.agents].map((s) => s.label));
  const watchdogs = [...providers].map(watchdogOf).filter((label) => known.has(label));
  return [...new Set([...PROVIDER_LABELS.map(watchdogOf), ...watchdogs, ...providers])];
}

/** Labels worth a `print` in the system domain: the known ones, and daemons whose plist runs a provider. */
export function systemLabelsToAsk(agents: readonly AgentFile[]): string[] {
  const daemons = agents.filter((agent) => agent.daemon && startedBy(agent.argv) !== null);
  const known = PROVIDER_LABELS.flatMap((label) => [watchdogOf(label), label]);
  return [...new Set([...known, ...daemons.map((agent) => agent.label)])];
}

/** Pids and process groups of all provider processes: who owns them may stand in another domain's list. */
export function pidsToTrace(facts: ProcessFacts): number[] {
  return [...new Set(providerFamilies(facts).flatMap(({ root }) => [root.pid, root.pgid]))];
}
