// When a candidate's weights count as there, and what their absence means: a transient failure skips the candidate, weights
// known to be wrong end the run. Fetching happens here only, before anything is timed.
import { statfs } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import type { PreWarm, Weights, WeightsResult } from "../../context.ts";
import { AutotuneError } from "../../core/errors.ts";
import { interruptible } from "../../interruptible.ts";
import { unlessAbsent, UnreadableFile, withinTime, type ForeignFiles } from "../files/foreign-files.ts";
import { NoAnswer } from "../files/foreign-reader.ts";
import { checkSnapshot, hubCacheFolder, isHubId, LOOK_MS, modelCacheFolder, type Snapshot } from "./hub-cache.ts";
import { hubFrom } from "./hub-client.ts";
import { downloadSnapshot } from "./hub-download.ts";
import { asTransient } from "./hub-failure.ts";
import { checkModelFolder, describeModel, type FolderState } from "./model-folder.ts";

export { modelRevision } from "./hub-cache.ts";

/** Longest silence of a connection, ms: beyond any pause of a healthy transfer. */
const STALL_TIMEOUT_MS = 60_000;
/** Pauses before the second and third attempt, ms: long enough for a blip, short beside a model load. */
const RETRY_DELAYS_MS = [1_000, 4_000];
/** Longest that a candidate's files may take to be looked at, ms: this one was asked for, so a sleeping disk gets its time. */
const CANDIDATE_LOOK_MS = 60_000;
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
  /** Interrupts `inspect`, which then throws its reason; `fetch` has its own. */
  signal?: AbortSignal;
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
  const look = <T>(use: (files: ForeignFiles) => Promise<T>) => withinTime(CANDIDATE_LOOK_MS, signal, use);
  const known = await answered(model, () => look((files) => onDisk(options, model, files)));
  if (known.state === "transient" || known.state === "ready") return known;
  try {
    const { directory, revision } = await interruptible(download(options, model, onProgress, signal), signal);
    return await look(async (files) =>
      verdict(model, directory, revision, await checkModelFolder(directory, files), files),
    );
  } catch (error) {
    signal.throwIfAborted();
    const failure = asTransient(error, "its endpoint");
    if (failure === null) throw error;
    // With a tokenizer of unknown form a download could only have told what the server will tell, too.
    return known.fallback ?? transient(`${model}: ${failure.message}`);
  }
}

/** What the disk says is final, or a download has to follow; `fallback` = what can be served without one. */
type OnDisk = WeightsResult | { state: "to be fetched"; fallback: WeightsResult | null };

async function onDisk(options: PreWarmOptions, model: string, files: ForeignFiles): Promise<OnDisk> {
  const folder = await localFolder(options, model, files);
  if (folder !== null) return verdict(model, folder, null, await checkModelFolder(folder, files), files);
  if (!isHubId(model)) return transient(`${model} is neither a folder with a config.json nor an id of the Hub`);
  const cached = await checkSnapshot(hubCacheFolder(options), model, files);
  const { found } = cached;
  const whole = found.state === "complete" && found.tokenizer === "known";
  if (whole || found.state === "broken" || found.state === "unreadable" || isOffline(options))
    return cachedVerdict(model, cached, files);
  return {
    state: "to be fetched",
    fallback: found.state === "complete" ? await cachedVerdict(model, cached, files) : null,
  };
}

/** A disk that does not answer is no fault of the run's: the next candidate is tried. */
async function answered<T>(model: string, look: () => Promise<T>): Promise<T | WeightsResult> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof NoAnswer) return transient(`${model}: ${error.message}`);
    throw error;
  }
}

async function inspectWeights(options: PreWarmOptions, model: string): Promise<Weights | null> {
  const look = async (files: ForeignFiles) => {
    const folder = await localFolder(options, model, files);
    if (folder === null && !isHubId(model)) return null;
    const { directory, revision, found } =
      folder === null
        ? await checkSnapshot(hubCacheFolder(options), model, files)
        : { directory: folder, revision: null, found: await checkModelFolder(folder, files) };
    return directory !== null && found.state === "complete"
      ? await describeModel(directory, found.tensorBytes, revision, files)
      : null;
  };
  try {
    return await withinTime(LOOK_MS, options.signal ?? NEVER, look);
  } catch (error) {
    // What does not answer is not known to be complete.
    if (error instanceof NoAnswer || error instanceof UnreadableFile) return null;
    throw error;
  }
}

const NEVER = new AbortController().signal;

/** Folder that a candidate names: any path that looks like one, or an existing folder with a config.json; else null. */
async function localFolder(
  { homeDir, workingDir }: PreWarmOptions,
  model: string,
  files: ForeignFiles,
): Promise<string | null> {
  const path = resolve(workingDir ?? process.cwd(), model.replace(/^~(?=\/|$)/, homeDir));
  if (isAbsolute(model) || /^(~|\.\.?)(\/|$)/.test(model)) return path;
  const config = await unlessAbsent(files.facts(join(path, "config.json")));
  return config === null ? null : path;
}

/**
 * What a folder's state means where no download can mend it: weights that are known to be wrong, and whole ones without a
 * tokenizer in any form, end the run; with anything else the run goes on without this candidate.
 */
async function verdict(
  model: string,
  directory: string,
  revision: string | null,
  found: FolderState,
  files: ForeignFiles,
): Promise<WeightsResult> {
  if (found.state === "complete")
    return { state: "ready", weights: await describeModel(directory, found.tensorBytes, revision, files) };
  if (found.state === "missing") return transient(`${model}: ${found.reason}; complete the folder ${directory}`);
  if (found.state === "unreadable") return transient(`${model}: ${found.reason}`);
  throw new AutotuneError("pre_warm_integrity_failure", `${model}: ${found.reason} (in ${directory})`, {
    remedy: "Remove that folder's model and fetch it anew, or take it out of the candidate list.",
  });
}

async function cachedVerdict(
  model: string,
  { directory, revision, found }: Snapshot,
  files: ForeignFiles,
): Promise<WeightsResult> {
  if (found.state === "unreadable") return transient(`${model}: ${found.reason}`);
  // Without a tokenizer it may be the beginning of a download.
  if (found.state === "missing" || found.state === "untokenized" || directory === null) {
    const reason = found.state === "complete" ? "it is not in the cache" : found.reason;
    return transient(`${model}: offline, and ${reason}; run without --offline (HF_HUB_OFFLINE) to download it`);
  }
  return verdict(model, directory, revision, found, files);
}

async function download(
  options: PreWarmOptions,
  model: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
) {
  const hub = await hubFrom(options, {
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
