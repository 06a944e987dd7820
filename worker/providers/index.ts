// Which providers exist, and in which order a run looks for them. A fourth is one new file and one line here.
// Source: contract §3 (--provider) and §4.
import { basename } from "node:path";
import type { ProviderChoice } from "../core/settings/inputs.ts";
import { macprovider } from "./macprovider.ts";
import { mlxLmServer } from "./mlx-lm-server.ts";
import type { Provider, ProviderId } from "./provider.ts";
import { simulatedProvider } from "./simulated.ts";

export const PROVIDERS: Record<ProviderId, Provider> = {
  macprovider,
  "mlx-lm": mlxLmServer,
  simulated: simulatedProvider(null),
};

/** What `auto` tries, best first; the simulator is always there. */
const AUTO_ORDER: ProviderId[] = ["macprovider", "mlx-lm", "simulated"];

/** Look a provider up; the simulator with its profile. */
export function providerFor(id: ProviderId, simulatedProfile: string | null): Provider {
  return id === "simulated" ? simulatedProvider(simulatedProfile) : PROVIDERS[id];
}

/** Which providers a choice stands for, best first: the first that is found is taken. */
export function providerOrder(choice: ProviderChoice, providerBin: string | null): ProviderId[] {
  if (choice !== "auto") return [choice];
  if (providerBin === null) return AUTO_ORDER;
  return basename(providerBin).startsWith("mlx_lm") ? ["mlx-lm"] : ["macprovider"];
}
