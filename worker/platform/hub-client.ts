// How the Hub is asked: which revision, which files, and the bytes of one file. Asking goes through the Hub's client
// library; abort, stall timeout, statuses and resuming are ours, because the library has none of them. Source: contract §6.
import { InvalidApiResponseFormatError, fileDownloadInfo, listFiles, modelInfo } from "@huggingface/hub";
import { isNativeError } from "node:util/types";
import * as z from "zod";
import { TransientFailure, asTransient, statusFailure } from "./hub-failure.ts";

export interface Hub {
  /** Without a slash at its end. */
  endpoint: string;
  /** Host of the endpoint, for texts. */
  host: string;
  /** HF_TOKEN; null if there is none. Never put into a text. */
  token: string | null;
  /** Longest silence of a connection, ms. */
  stallTimeoutMs: number;
  /** Pauses before further attempts, ms. */
  retryDelaysMs: number[];
}

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

const PUBLIC_ENDPOINT = "https://huggingface.co";
const Commit = z.string().regex(/^[0-9a-f]{40}$/);
const Entry = z.object({
  path: z.string().min(1),
  type: z.string(),
  size: z.int().nonnegative(),
  oid: Commit,
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});

/**
 * Read HF_ENDPOINT and HF_TOKEN.
 * @throws TransientFailure if one of them cannot be used; the texts do not repeat their values
 */
export function hubFrom(env: NodeJS.ProcessEnv, limits: { stallTimeoutMs: number; retryDelaysMs: number[] }): Hub {
  const endpoint = (env["HF_ENDPOINT"] || PUBLIC_ENDPOINT).trim().replace(/\/+$/, "");
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new TransientFailure("HF_ENDPOINT is not a plain http(s) address; mend or unset it", { retriable: false });
  const token = env["HF_TOKEN"]?.trim() || null;
  if (token !== null && !/^hf_[\x21-\x7e]+$/.test(token))
    throw new TransientFailure('HF_TOKEN does not begin with "hf_"; mend or unset it', { retriable: false });
  return { endpoint, host: url.host, token, ...limits };
}

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
    ...(hub.token === null ? {} : { Authorization: `Bearer ${hub.token}` }),
    ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
  };
}

function params(hub: Hub, get: typeof fetch) {
  return { hubUrl: hub.endpoint, fetch: get, ...(hub.token === null ? {} : { accessToken: hub.token }) };
}

/** Run requests under the caller's signal and a stall timeout that every sign of life pushes on. */
async function guarded<T>(
  hub: Hub,
  signal: AbortSignal,
  work: (get: typeof fetch, alive: () => void) => Promise<T>,
): Promise<T> {
  const stall = new AbortController();
  const silence = `the Hub (${hub.host}) sent nothing for ${hub.stallTimeoutMs / 1000} s; check the network`;
  const timer = setTimeout(() => stall.abort(new TransientFailure(silence, { retriable: true })), hub.stallTimeoutMs);
  const alive = () => void timer.refresh();
  const both = AbortSignal.any([signal, stall.signal]);
  const get: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, signal: both });
    alive();
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusal(hub, response);
  };
  try {
    return await work(get, alive);
  } catch (error) {
    both.throwIfAborted();
    throw asTransient(error, hub.host) ?? fault(error);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(hub: Hub, response: Response): TransientFailure {
  // Big files come from another host by a signed address; its 403 means "expired", and a new attempt gets a new one.
  const elsewhere = response.redirected && new URL(response.url).host !== hub.host;
  if (elsewhere && response.status !== 404)
    return new TransientFailure(`the Hub's file store answered ${response.status}; try again later`, {
      retriable: true,
    });
  if (response.status === 416) return unclear("it cannot resume");
  return statusFailure(response.status, hub.host, hub.token !== null);
}

function unclear(what: string, cause?: unknown): TransientFailure {
  return new TransientFailure(`the Hub's answer does not add up: ${what}; check HF_ENDPOINT or try again later`, {
    retriable: false,
    cause,
  });
}

/** What the library or a schema throws at an answer they cannot read; anything else goes on as it is. */
function fault(error: unknown): unknown {
  const named = isNativeError(error) && ["SyntaxError", "TypeError"].includes(error.name);
  const unreadable = named || error instanceof z.ZodError || error instanceof InvalidApiResponseFormatError;
  return unreadable ? unclear("it is not what the Hub's interface sends", error) : error;
}
