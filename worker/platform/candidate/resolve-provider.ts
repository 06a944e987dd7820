// Which provider a run takes: the first of its order whose program is found. Source: contract §3 (--provider) and §4.
import { type Provider, type ProviderChoice, providerFor, providerOrder } from "../../providers/index.ts";
import type { Binary } from "../../providers/provider.ts";
import { findBinary, type SearchPlaces, type Tried } from "./find-binary.ts";

export type Resolved = { provider: Provider; binary: Binary } | { provider: null; tried: Tried[] };

/**
 * Choose the provider and find its program. With `auto` and a named program the program's name decides.
 * @returns every place that was looked at, with what was wrong there, if nothing was found
 */
export async function resolveProvider(
  choice: ProviderChoice,
  simulatedProfile: string | null,
  places: SearchPlaces,
): Promise<Resolved> {
  const tried: Tried[] = [];
  for (const id of providerOrder(choice, places.providerBin)) {
    const provider = providerFor(id, simulatedProfile);
    const found = await findBinary(provider, places);
    if (!("tried" in found)) return { provider, binary: found };
    tried.push(...found.tried);
  }
  return { provider: null, tried };
}
