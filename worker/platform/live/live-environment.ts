// What the live providers were started with, for the variables that a run itself lacks. Only looks; asked before anything is drained.
import { nameOf } from "../../core/live/conflict.ts";
import type { LiveEnvironment } from "../../core/models/hub-environment.ts";
import type { LiveProvider } from "../../core/live/live-provider.ts";
import { interruptible } from "../../interruptible.ts";
import { findLiveProviders, type SearchOptions } from "./live-providers.ts";
import { readPlist } from "../launchd/plist.ts";
import { readSurroundings } from "../processes/processes.ts";

/**
 * @returns providers of this user in the order in which they are found; what cannot be looked at is left out: whoever drains looks again, and refuses
 * @throws only the signal's reason
 */
export async function liveEnvironments(options: SearchOptions): Promise<LiveEnvironment[]> {
  return interruptible(environments(options), options.signal);
}

async function environments(options: SearchOptions): Promise<LiveEnvironment[]> {
  const found = await findLiveProviders(options).catch(() => null); // the run itself says what cannot be looked at
  return Promise.all((found?.live ?? []).filter(isProvider).map((one) => environmentOf(one, options)));
}

type Provider = Exclude<LiveProvider, { kind: "port" }>;

const isProvider = (one: LiveProvider): one is Provider =>
  one.kind === "foreground" || (one.kind === "launchd-managed" && one.role === "provider");

/** Of its processes, as a wrapper script may have set them; else what its plist says. */
async function environmentOf(one: Provider, { env, signal }: SearchOptions): Promise<LiveEnvironment> {
  const seen: NodeJS.ProcessEnv = {};
  if (one.kind === "launchd-managed")
    Object.assign(seen, (await readPlist(one.plistPath, env).catch(() => null))?.environment);
  for (const process of one.processes)
    Object.assign(seen, (await readSurroundings(process, { signal }).catch(() => null))?.env ?? {});
  return { name: nameOf(one), env: seen };
}
