// The worker as the commands see it: start a run, or ask one thing. Binds the modules beside it to Raycast; decides nothing.
import { environment, getPreferenceValues } from "@raycast/api";
import { homedir } from "node:os";
import type * as z from "zod";
import { runDeepLink } from "./deep-link.ts";
import { hindering, preferredPlaces, type PreferenceProblem } from "./preferred-places.ts";
import { callWorkerAt, type CallOptions } from "./worker-call.ts";
import type { WorkerPlace } from "./worker-place.ts";
import { startRunAt, type StartedRun } from "./worker-start.ts";

export { WorkerError } from "./worker-error.ts";

/**
 * Start a run in the background; the worker is under way before the first await. Call it as the first thing of an action.
 * @param flags of `run`, such as ["--target-context", "8000"]
 * @returns once its row is there
 * @throws WorkerError if a preference names nothing, it refused, or wrote no row within a minute
 */
export async function startRun(flags: string[]): Promise<StartedRun> {
  return startRunAt(hereFor(["run", ...flags]), flags);
}

/**
 * Run one command of the worker with --json. It runs to its end even if the Raycast command is closed meanwhile.
 * @param args the command and its arguments, such as ["apply", runId, "--dry-run"]
 * @returns its document, checked by `schema`
 * @throws WorkerError for an exit code that is neither 0 nor among `okCodes`, or a document of another shape
 */
export async function callWorker<T>(args: string[], schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
  return callWorkerAt(hereFor(args), args, schema, options);
}

/** The same whatever the preferences name: for the doctor, who tells what is wrong with them. */
export async function callDespite<T>(args: string[], schema: z.ZodType<T>, options?: CallOptions) {
  const { place, problems } = here();
  return { answer: await callWorkerAt(place, args, schema, options), problems };
}

/** The link that opens one run in Tuning Runs; give it to `notify-test` as MLX_AUTOTUNE_DEEP_LINK. */
export function deepLinkTo(runId: string): string {
  return runDeepLink(environment, runId, process.env["RAYCAST_SCHEME"]);
}

interface Here {
  place: WorkerPlace;
  problems: PreferenceProblem[];
}

function hereFor(args: string[]): WorkerPlace {
  const { place, problems } = here();
  const problem = hindering(problems, args);
  if (problem !== null) throw problem.error;
  return place;
}

function here(): Here {
  const preferences = getPreferenceValues<Preferences>();
  const { dbPath, providerBinary, modelCache, problems } = preferredPlaces(preferences, homedir());
  const place = {
    assetsPath: environment.assetsPath,
    supportPath: environment.supportPath,
    homeDir: homedir(),
    // Raycast's environment has no HF_HUB_CACHE from a shell's profile; one that it has does not beat the preference.
    env: modelCache === null ? process.env : { ...process.env, HF_HUB_CACHE: modelCache },
    nodeBinary: preferences.nodeBinary?.trim() || null,
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    deepLink: deepLinkTo,
  };
  return { place: { ...place, dbPath, providerBinary }, problems };
}
