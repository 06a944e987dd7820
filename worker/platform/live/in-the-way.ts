// What is in the way of a run: every live provider, or for a simulated one, which needs nothing of this machine, whoever holds its port.
// Source: contract §5.
import { judgePort } from "../../core/live/live-provider.ts";
import { findLiveProviders, type SearchOptions, type SearchResult } from "./live-providers.ts";
import { findListeners } from "../processes/port-listener.ts";
import { listProcesses } from "../processes/processes.ts";

export type { SearchResult } from "./live-providers.ts";

/** @throws AutotuneError provider_conflict if processes or listeners are needed and cannot be listed */
export async function findInTheWay(options: SearchOptions, simulated: boolean): Promise<SearchResult> {
  if (!simulated) return findLiveProviders(options);
  const listeners = await findListeners(options.port, options);
  if (listeners.length === 0) return { live: [], blockers: [], others: [], notes: [] };
  const { port, ownPid = process.pid, ignorePids = [] } = options;
  const processes = await listProcesses(options);
  const live = judgePort({ processes, ownPid, ignorePids, listeners, port });
  return { live, blockers: [], others: [], notes: [] };
}
