// The worker as the commands see it: start a run, or ask one thing. Binds the modules beside it to Raycast; decides nothing.
// Source: contract §14.
import { environment, getPreferenceValues } from "@raycast/api";
import { homedir } from "node:os";
import type * as z from "zod";
import { runDeepLink } from "./deep-link.ts";
import { databasePath } from "./paths.ts";
import { callWorkerAt, type CallOptions } from "./worker-call.ts";
import type { WorkerPlace } from "./worker-place.ts";
import { startRunAt, type StartedRun } from "./worker-start.ts";

export { databasePath } from "./paths.ts";
export { WorkerError } from "./worker-error.ts";

/**
 * Start a run in the background; the worker is under way before the first await. Call it as the first thing of an action.
 * @param flags of `run`, such as ["--target-context", "8000"]
 * @returns once its row is there
 * @throws WorkerError if it refused, or wrote no row within a minute
 */
export async function startRun(flags: string[]): Promise<StartedRun> {
  return startRunAt(here(), flags);
}

/**
 * Run one command of the worker with --json. It runs to its end even if the Raycast command is closed meanwhile.
 * @param args the command and its arguments, such as ["apply", runId, "--dry-run"]
 * @returns its document, checked by `schema`
 * @throws WorkerError for an exit code that is neither 0 nor among `okCodes`, or a document of another shape
 */
export async function callWorker<T>(args: string[], schema: z.ZodType<T>, options?: CallOptions): Promise<T> {
  return callWorkerAt(here(), args, schema, options);
}

/** The link that opens one run in Tuning Runs; give it to `notify-test` as MLX_AUTOTUNE_DEEP_LINK. */
export function deepLinkTo(runId: string): string {
  return runDeepLink(environment, runId, process.env["RAYCAST_SCHEME"]);
}

function here(): WorkerPlace {
  const { nodeBinary, providerBinary, modelCache } = getPreferenceValues<{
    nodeBinary?: string;
    providerBinary?: string;
    modelCache?: string;
  }>();
  return {
    assetsPath: environment.assetsPath,
    supportPath: environment.supportPath,
    dbPath: databasePath(),
    homeDir: homedir(),
    env: withModelCache(process.env, modelCache),
    nodeBinary: nodeBinary?.trim() || null,
    providerBinary: providerBinary?.trim() || null,
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    deepLink: deepLinkTo,
  };
}

/** Raycast's environment has no HF_HUB_CACHE from a shell's profile; one that it has does not beat the preference. */
function withModelCache(env: NodeJS.ProcessEnv, modelCache = ""): NodeJS.ProcessEnv {
  return modelCache.trim() === "" ? env : { ...env, HF_HUB_CACHE: modelCache.trim() };
}
