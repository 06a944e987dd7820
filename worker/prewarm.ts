// When a candidate's weights count as there, and what their absence means: a transient failure skips the candidate, wrong
// files end the run. Fetching happens here only, before anything is timed. Source: contract §6.
import { stat, statfs } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import type { PreWarm, Weights, WeightsResult } from "./context.ts";
import { AutotuneError } from "./core/errors.ts";
import { checkSnapshot, hubCacheFolder, isHubId, modelCacheFolder, type Snapshot } from "./platform/hub-cache.ts";
import { hubFrom } from "./platform/hub-client.ts";
import { downloadSnapshot } from "./platform/hub-download.ts";
import { asTransient } from "./platform/hub-failure.ts";
import { checkModelFolder, describeModel, type FolderState } from "./platform/model-folder.ts";

export { modelRevision } from "./platform/hub-cache.ts";

/** Longest silence of a connection, ms: beyond any pause of a healthy transfer. */
const STALL_TIMEOUT_MS = 60_000;
/** Pauses before the second and third attempt, ms: long enough for a blip, short beside a model load. */
const RETRY_DELAYS_MS = [1_000, 4_000];
/** Progress is handed on at most this often, ms. */
const REPORT_EVERY_MS = 200;

export interface PreWarmOptions {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  offline: boolean;
  /** Base of relative folders; the process's own if left out. */
  workingDir?: string;
  stallTimeoutMs?: number;
  /** Pauses before further attempts; their number bounds the attempts. */
  retryDelaysMs?: number[];
  /** Free bytes on the disk of an existing folder. */
  freeBytes?: (folder: string) => Promise<number>;
}

/** Build the pre-warm over the Hugging Face cache, the Hub and local folders. HF_HUB_OFFLINE counts as `offline`. */
export function createPreWarm(options: PreWarmOptions): PreWarm {
  return {
    fetch: (model, onProgress, signal) => fetchWeights(options, model, onProgress, signal),
    inspect: (model) => inspectWeights(options, model),
  };
}

async function fetchWeights(
  options: PreWarmOptions,
  model: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<WeightsResult> {
  signal.throwIfAborted();
  const folder = await localFolder(options, model);
  if (folder !== null) return verdict(model, folder, null, await checkModelFolder(folder));
  if (!isHubId(model)) return transient(`${model} is neither a folder with a config.json nor an id of the Hub`);
  const cached = await checkSnapshot(hubCacheFolder(options), model);
  if (cached.found.state === "complete" || cached.found.state === "broken" || isOffline(options))
    return cachedVerdict(model, cached);
  try {
    const { directory, revision } = await download(options, model, onProgress, signal);
    return await verdict(model, directory, revision, await checkModelFolder(directory));
  } catch (error) {
    signal.throwIfAborted();
    const failure = asTransient(error, "its endpoint");
    if (failure === null) throw error;
    return transient(`${model}: ${failure.message}`);
  }
}

async function inspectWeights(options: PreWarmOptions, model: string): Promise<Weights | null> {
  const folder = await localFolder(options, model);
  if (folder === null && !isHubId(model)) return null;
  const { directory, revision, found } =
    folder === null
      ? await checkSnapshot(hubCacheFolder(options), model)
      : { directory: folder, revision: null, found: await checkModelFolder(folder) };
  return directory !== null && found.state === "complete"
    ? describeModel(directory, found.tensorBytes, revision)
    : null;
}

/** Folder that a candidate names: any path that looks like one, or an existing folder with a config.json; else null. */
async function localFolder({ homeDir, workingDir }: PreWarmOptions, model: string): Promise<string | null> {
  const path = resolve(workingDir ?? process.cwd(), model.replace(/^~(?=\/|$)/, homeDir));
  if (isAbsolute(model) || /^(~|\.\.?)(\/|$)/.test(model)) return path;
  const config = await stat(join(path, "config.json")).catch(() => null);
  return config === null ? null : path;
}

/**
 * What a folder's state means where no download can mend it: something missing is transient (the run goes on without this
 * candidate), something wrong ends the run.
 */
async function verdict(
  model: string,
  directory: string,
  revision: string | null,
  found: FolderState,
): Promise<WeightsResult> {
  if (found.state === "complete")
    return { state: "ready", weights: await describeModel(directory, found.tensorBytes, revision) };
  if (found.state === "missing") return transient(`${model}: ${found.reason}; complete the folder ${directory}`);
  throw new AutotuneError("pre_warm_integrity_failure", `${model}: ${found.reason} (in ${directory})`, {
    remedy: "Remove that folder's model and fetch it anew, or take it out of the candidate list.",
  });
}

async function cachedVerdict(model: string, { directory, revision, found }: Snapshot): Promise<WeightsResult> {
  if (found.state === "missing" || directory === null) {
    const reason = found.state === "complete" ? "it is not in the cache" : found.reason;
    return transient(`${model}: offline, and ${reason}; run without --offline (HF_HUB_OFFLINE) to download it`);
  }
  return verdict(model, directory, revision, found);
}

async function download(
  options: PreWarmOptions,
  model: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
) {
  const hub = hubFrom(options.env, {
    stallTimeoutMs: options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
  });
  return downloadSnapshot({
    hub,
    model,
    modelFolder: modelCacheFolder(hubCacheFolder(options), model),
    freeBytes: options.freeBytes ?? freeBytes,
    onProgress: throttled(onProgress),
    signal,
  });
}

async function freeBytes(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}

function throttled(report: (doneBytes: number, totalBytes: number) => void) {
  let lastMs = -Infinity;
  return (doneBytes: number, totalBytes: number) => {
    const nowMs = performance.now();
    if (doneBytes < totalBytes && nowMs - lastMs < REPORT_EVERY_MS) return;
    lastMs = nowMs;
    report(doneBytes, totalBytes);
  };
}

/** Downloads are forbidden: by the flag, or by the Hub's own variable. */
export function isOffline({ offline, env }: Pick<PreWarmOptions, "offline" | "env">): boolean {
  return offline || /^(1|on|yes|true)$/i.test(env["HF_HUB_OFFLINE"] ?? "");
}

function transient(reason: string): WeightsResult {
  return { state: "transient", reason: `pre-warm transient: ${reason}` };
}
