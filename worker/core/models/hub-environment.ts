// Which variables of Hugging Face's count for a run: its own, else those of the live provider. What Raycast or launchd starts has read no
// shell profile, so HF_HOME and HF_TOKEN are missing there although the provider serves from that cache. Pure. Source: contract §6.
import { hubCache, hubHome } from "./hub-places.ts";

/** A live provider that may know better. */
export interface LiveEnvironment {
  /** As rows name it. */
  name: string;
  env: NodeJS.ProcessEnv;
}

export interface HubEnvironment {
  /** The run's own, with what was taken. */
  env: NodeJS.ProcessEnv;
  cache: ModelCache;
  /** Where the token or the address of the Hub was taken from; null: they are the run's own. */
  accessFrom: string | null;
}

export interface ModelCache {
  folder: string;
  /** What names it, a phrase: "HF_HOME of launchd-managed live.malibu.provider". */
  source: string;
}

const CACHE = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME"];
/** A token belongs to its address, so both are one's own or both another's. */
const ACCESS = ["HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

/** True if somebody else has to be asked. */
export const lacksHubVariables = (own: NodeJS.ProcessEnv): boolean => !names(own, CACHE) || !names(own, ACCESS);

/** @param live in the order in which they are asked */
export function hubEnvironment(
  own: NodeJS.ProcessEnv,
  homeDir: string,
  live: readonly LiveEnvironment[],
): HubEnvironment {
  const env = { ...own };
  const cacheFrom = names(own, CACHE) ? undefined : live.find((one) => names(one.env, CACHE));
  const accessFrom = names(own, ACCESS) ? undefined : live.find((one) => names(one.env, ACCESS));
  if (accessFrom !== undefined) for (const name of ACCESS) take(env, name, accessFrom.env[name]);
  const places = { env: cacheFrom?.env ?? own, homeDir };
  const { folder, variable } = hubCache(places);
  if (cacheFrom !== undefined) {
    env["HF_HUB_CACHE"] = folder;
    delete env["HUGGINGFACE_HUB_CACHE"];
    take(env, "HF_HOME", places.env["HF_HOME"] && hubHome(places));
  }
  const of = cacheFrom === undefined ? "" : ` of ${cacheFrom.name}`;
  const source = variable === null ? "the usual place" : `${variable}${of}`;
  return { env, cache: { folder, source }, accessFrom: accessFrom?.name ?? null };
}

const names = (env: NodeJS.ProcessEnv, variables: readonly string[]): boolean => variables.some((name) => env[name]);

function take(env: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value) env[name] = value;
  else delete env[name];
}
