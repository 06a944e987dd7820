// Which providers exist, and which one a run takes. A fourth is one new file and one line here.
// Source: contract §3 (--provider) and §4.
import { basename } from "node:path";
import type { ProviderChoice } from "../core/settings/inputs.ts";
import { findBinary, type SearchPlaces } from "../platform/candidate/find-binary.ts";
import { macprovider } from "./macprovider.ts";
import { mlxLmServer } from "./mlx-lm-server.ts";
import type { Binary, Provider, ProviderId } from "./provider.ts";
import { simulatedProvider } from "./simulated.ts";

export const PROVIDERS: Record<ProviderId, Provider> = {
  macprovider,
  "mlx-lm": mlxLmServer,
  simulated: simulatedProvider(null),
};

/** What `auto` tries, best first; the simulator is always there. */
const AUTO_ORDER: ProviderId[] = ["macprovider", "mlx-lm", "simulated"];

export type Resolved = { provider: Provider; binary: Binary } | { provider: null; tried: string[] };

/** Look a provider up; the simulator with its profile. */
export function providerFor(id: ProviderId, simulatedProfile: string | null): Provider {
  return id === "simulated" ? simulatedProvider(simulatedProfile) : PROVIDERS[id];
}

/**
 * Choose the provider and find its program. With `auto` and a named program the program's name decides.
 * @returns every place that was looked at, with what was wrong there, if nothing was found
 */
export async function resolveProvider(
  choice: ProviderChoice,
  simulatedProfile: string | null,
  places: SearchPlaces,
): Promise<Resolved> {
  const tried: string[] = [];
  for (const id of providerOrder(choice, places.providerBin)) {
    const provider = providerFor(id, simulatedProfile);
    const found = await findBinary(provider, places);
    if (!("tried" in found)) return { provider, binary: found };
    tried.push(...found.tried);
  }
  return { provider: null, tried };
}

/** Which providers a choice stands for, best first: the first that is found is taken. */
export function providerOrder(choice: ProviderChoice, providerBin: string | null): ProviderId[] {
  if (choice !== "auto") return [choice];
  if (providerBin === null) return AUTO_ORDER;
  return basename(providerBin).startsWith("mlx_lm") ? ["mlx-lm"] : ["macprovider"];
}
