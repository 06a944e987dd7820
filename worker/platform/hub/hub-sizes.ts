// How many bytes of weights a model has that is not on disk: asked of the Hub's list of files, without any download.
// Source: contract §3 (plan: weight bytes where known).
import { errorText } from "../../core/errors.ts";
import type { HubPlaces } from "../../core/models/hub-places.ts";
import { weightFiles } from "../../core/models/model-files.ts";
import { isHubId } from "./hub-cache.ts";
import { hubFrom, listModel, type Hub, type RemoteFile } from "./hub-client.ts";

/** ms for all answers together: a plan is looked at, not waited for. */
const TIMEOUT_MS = 4000;
/** Questions at once. */
const AT_ONCE = 8;

export interface RemoteSizes {
  /** Bytes by model id; those that could not be had are missing. */
  bytes: Map<string, number>;
  /** Why some could not be had, once; null if all could. */
  problem: string | null;
}

/** Ask for the weights of these models. Failures are part of the answer; @throws only the signal's reason */
export async function remoteWeightBytes(
  models: string[],
  places: HubPlaces,
  signal: AbortSignal,
): Promise<RemoteSizes> {
  const sizes: RemoteSizes = { bytes: new Map(), problem: null };
  const queue = models.filter(isHubId);
  if (queue.length === 0) return sizes;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const hub = await hubFrom(places, { stallTimeoutMs: TIMEOUT_MS, retryDelaysMs: [] });
    await Promise.all(Array.from({ length: AT_ONCE }, () => askAll(hub, queue, sizes, deadline)));
  } catch (error) {
    sizes.problem = errorText(error); // HF_ENDPOINT or HF_TOKEN cannot be used
  }
  signal.throwIfAborted();
  return sizes;
}

async function askAll(hub: Hub, queue: string[], sizes: RemoteSizes, signal: AbortSignal): Promise<void> {
  for (let model = queue.shift(); model !== undefined; model = queue.shift()) {
    try {
      const { files } = await listModel(hub, model, signal);
      const bytes = weightBytes(files);
      if (bytes > 0) sizes.bytes.set(model, bytes);
    } catch (error) {
      const late = signal.aborted ? `the Hub (${hub.host}) did not answer within ${TIMEOUT_MS / 1000} s` : null;
      sizes.problem ??= `${model}: ${late ?? errorText(error)}`;
    }
  }
}

/** The files that a download would take; where only an index could tell, all safetensors. Headers count: some kilobytes. */
function weightBytes(files: RemoteFile[]): number {
  const all = files.map((file) => file.path).filter((path) => path.endsWith(".safetensors") && !path.includes("/"));
  const usual = weightFiles(all, null);
  const wanted = "files" in usual ? usual.files : all;
  return files.filter((file) => wanted.includes(file.path)).reduce((sum, file) => sum + file.sizeBytes, 0);
}
