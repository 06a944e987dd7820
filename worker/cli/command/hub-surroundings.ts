// The environment in which a run, serve and status find models and the Hub, and what is said of it. The token itself is never said.
// Source: contract §6.
import { hubEnvironment, lacksHubVariables, type HubEnvironment } from "../../core/models/hub-environment.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { liveEnvironments } from "../../platform/live/live-environment.ts";
import type { Provider } from "../../providers/provider.ts";
import type { Io } from "./io.ts";

/** A provider without weights, such as the simulator, needs nobody else's variables. */
export async function hubSurroundings(
  { port }: Pick<Inputs, "port">,
  provider: Pick<Provider, "needsWeights"> | null,
  { env, homeDir, signal }: Pick<Io, "env" | "homeDir" | "signal">,
): Promise<HubEnvironment> {
  const asks = (provider?.needsWeights ?? true) && lacksHubVariables(env);
  const uid = process.getuid?.() ?? 0;
  return hubEnvironment(env, homeDir, asks ? await liveEnvironments({ port, env, homeDir, uid, signal }) : []);
}

/** For a command that listens nowhere itself. */
export const NO_PORT = { port: 0 };

/** "/…/hub (HF_HOME of launchd-managed live.malibu.provider)" */
export const cacheName = ({ cache }: HubEnvironment): string => `${cache.folder} (${cache.source})`;

/** One line for the log of a run and for the plan. */
export function cacheText(hub: HubEnvironment): string {
  const access = hub.accessFrom === null ? "" : `; the Hub's address and token are those of ${hub.accessFrom}`;
  return `Models are looked for in ${cacheName(hub)}${access}.`;
}
