// Which providers exist, in the order in which a run looks for them. Another is one new file and one line here.
// Source: contract §3 (--provider) and §4.
import { AutotuneError } from "../core/errors.ts";
import { AXES, type Axis } from "../core/knobs.ts";
import { listsFlag } from "./help-text.ts";
import { macprovider } from "./macprovider.ts";
import { mlxLmServer } from "./mlx-lm-server.ts";
import type { Provider as AnyProvider } from "./provider.ts";
import { simulatedProvider } from "./simulated.ts";

const LIST = [
  macprovider,
  mlxLmServer,
  simulatedProvider(null), // always there, so the last
] as const;

export type ProviderId = (typeof LIST)[number]["id"];
export type Provider = AnyProvider<ProviderId>;
export type ProviderChoice = "auto" | ProviderId;

export const SERVERS: readonly Provider[] = LIST;
export const PROVIDER_IDS = LIST.map(({ id }) => id);
/** As `--provider` takes them. */
export const PROVIDER_CHOICES = ["auto", ...PROVIDER_IDS] as const;
/** Those that have to be found; the simulator is part of the program. */
export const REAL_SERVERS = SERVERS.filter(({ simulated }) => !simulated);
export const PROVIDERS = Object.fromEntries(SERVERS.map((one) => [one.id, one])) as Record<ProviderId, Provider>;
export const SIMULATED = simulatedProvider(null).id;

export const isProviderId = (name: string): name is ProviderId => Object.hasOwn(PROVIDERS, name);

/** Who reads what `apply` writes, by a stored name. */
export const readerOf = (name: string) => (isProviderId(name) ? PROVIDERS[name].config.readBy : "provider");

/** A server whose recipe `mlx-autotune serve` starts, with the file that says which. */
export type Served = Provider & { config: Extract<Provider["config"], { readBy: "serve" }> };
export const SERVED = SERVERS.filter((one): one is Served => one.config.readBy === "serve");
/** As people read it. */
export const servedName = ({ id, config }: Served): string => `${id} (${config.file})`;

/**
 * Of a stored row.
 * @throws AutotuneError config_error for one that this version does not know
 */
export function storedProviderId(name: string): ProviderId {
  if (isProviderId(name)) return name;
  throw new AutotuneError("config_error", `the provider ${name} is not known to this version of MLX Autotune`, {
    remedy: `It knows ${PROVIDER_IDS.join(", ")}. Use the version that wrote the row, or update.`,
  });
}

/** Look a provider up; the simulator with its profile. */
export function providerFor(id: ProviderId, simulatedProfile: string | null): Provider {
  return id === SIMULATED ? simulatedProvider(simulatedProfile) : PROVIDERS[id];
}

/** Which providers a choice stands for, best first: the first that is found is taken. */
export function providerOrder(choice: ProviderChoice, providerBin: string | null): ProviderId[] {
  if (choice !== "auto") return [choice];
  if (providerBin === null) return PROVIDER_IDS;
  const name = providerBin.slice(providerBin.lastIndexOf("/") + 1);
  return [SERVERS.find(({ isProgram }) => isProgram.test(name))?.id ?? macprovider.id];
}

/** Axes that the found program can serve, by its help. */
export function offeredAxes({ axisFlags }: Pick<Provider, "axisFlags">, help: string): Axis[] {
  return AXES.filter((axis) => axisFlags[axis]?.every((flag) => listsFlag(help, flag)));
}

/** The servers behind a choice that may have an axis. */
export function withAxis(choice: ProviderChoice, axis: Axis): Provider[] {
  return SERVERS.filter(({ id, axisFlags }) => (choice === "auto" || choice === id) && axisFlags[axis] !== undefined);
}
