// How the Hub is asked: which revision, which files, and the bytes of one file. Asking goes through the Hub's client
// library; abort, stall timeout, statuses and resuming are ours, because the library has none of them.
import { InvalidApiResponseFormatError, fileDownloadInfo, listFiles, modelInfo } from "@huggingface/hub";
import * as z from "zod";
import { TransientFailure } from "./hub-failure.ts";
import { guarded, unclear, type Hub } from "./hub-request.ts";

export { hubFrom, type Hub } from "./hub-request.ts";

export interface RemoteFile {
  path: string;
  sizeBytes: number;
  /** Name of its blob in the cache: SHA-256 of the content for LFS files, else git's SHA-1 of it. */
  hash: string;
}

/** Which file of which commit. */
export interface RemoteSource {
  model: string;
  commit: string;
  file: RemoteFile;
}

export interface RemoteModel {
  commit: string;
  files: RemoteFile[];
}

const Commit = z.string().regex(/^[0-9a-f]{40}$/);
const Entry = z.object({
  path: z.string().min(1),
  type: z.string(),
  size: z.int().nonnegative(),
  oid: Commit,
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});

/**
 * Ask which commit `main` is and which files it has.
 * @throws TransientFailure; the signal's reason if it aborts
 */
export async function listModel(hub: Hub, model: string, signal: AbortSignal): Promise<RemoteModel> {
  return guarded(hub, signal, async (get) => {
    const info = await modelInfo({ name: model, revision: "main", additionalFields: ["sha"], ...params(hub, get) });
    const commit = Commit.parse(info.sha);
    const files: RemoteFile[] = [];
    for await (const raw of listFiles({ repo: model, revision: commit, recursive: true, ...params(hub, get) })) {
      if (raw.type !== "file") continue;
      const entry = Entry.parse(raw);
      files.push({ path: entry.path, sizeBytes: entry.lfs?.size ?? entry.size, hash: entry.lfs?.oid ?? entry.oid });
    }
    return { commit, files };
  });
}

/**
 * Ask how long a file is now; its list said so too, but what is about to be sent decides where a transfer is complete.
 * @returns bytes; the list's number where the server does not say
 * @throws TransientFailure; the signal's reason if it aborts
 */
export async function remoteSize(hub: Hub, source: RemoteSource, signal: AbortSignal): Promise<number> {
  return guarded(hub, signal, async (get) => {
    const probe: typeof fetch = async (input, init) => {
      const response = await get(input, init);
      // The library reads the headers only; an unread body would keep its connection busy.
      await response.body?.cancel();
      return response;
    };
    const { model, commit, file } = source;
    try {
      const info = await fileDownloadInfo({ repo: model, path: file.path, revision: commit, ...params(hub, probe) });
      return info?.size ?? file.sizeBytes;
    } catch (error) {
      if (error instanceof InvalidApiResponseFormatError) return file.sizeBytes;
      throw error;
    }
  });
}

/**
 * Hand the bytes of a file to `accept`, from an offset on, until `sizeBytes` are there.
 * @param restart called instead of resuming when the server sends the file from its start all the same
 * @throws TransientFailure, also when the body ends early or runs over; the signal's reason if it aborts
 */
export async function readRemote(
  hub: Hub,
  source: RemoteSource,
  span: { offset: number; sizeBytes: number },
  sink: { accept: (bytes: Uint8Array) => Promise<void>; restart: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { path } = source.file;
  await guarded(hub, signal, async (get, alive) => {
    let { offset } = span;
    const response = await get(fileUrl(hub, source), { headers: fileHeaders(hub, offset) });
    if (offset > 0 && response.status !== 206) {
      offset = 0;
      await sink.restart();
    }
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const bytes of body ?? []) {
      offset += bytes.length;
      if (offset > span.sizeBytes) throw unclear(`${path} runs over its ${span.sizeBytes} bytes`);
      await sink.accept(bytes);
      alive();
    }
    if (offset < span.sizeBytes)
      throw new TransientFailure(`${path} broke off after ${offset} of ${span.sizeBytes} bytes; try again later`, {
        retriable: true,
      });
  });
}

// The plain address, not the library's blob: that one cannot resume a stream, loses the kind of an error, and its xet
// variant keeps many streams of which none can be watched for a stall.
function fileUrl(hub: Hub, { model, commit, file }: RemoteSource): string {
  return `${hub.endpoint}/${model}/resolve/${commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
}

function fileHeaders(hub: Hub, offset: number): Record<string, string> {
  return {
    // A compressed transfer would make lengths and ranges those of another file.
    "Accept-Encoding": "identity",
    ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
  };
}

/** The library takes only tokens of the public Hub, so it gets none and `authorized` adds it. */
function params(hub: Hub, get: typeof fetch) {
  return { hubUrl: hub.endpoint, fetch: get };
}
