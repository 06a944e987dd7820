// How one file gets into the cache's blobs: into `<hash>.incomplete`, resumed where that exists, hashed, and only then
// renamed to `<hash>`. So a blob under its final name was always whole and right when it got there.
import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AutotuneError } from "../../core/errors.ts";
import { step } from "../../step.ts";
import { readRemote, remoteSize, type Hub, type RemoteSource } from "./hub-client.ts";
import { isDiskFull, withRetries } from "./hub-failure.ts";

/** A failure after so many new bytes is a new failure: a long download may break off often. */
const ADVANCE_BYTES = 64 * 1024 * 1024;
/** Blobs up to this size are hashed before they are trusted, bytes: all small files, which no header vouches for. */
const RECHECK_BYTES = 64 * 1024 * 1024;

export interface BlobJob {
  hub: Hub;
  source: RemoteSource;
  /** Final path of the blob. */
  blobPath: string;
  /** Bytes on disk of this file changed by so many; negative when a start is discarded. */
  onBytes: (delta: number) => void;
  signal: AbortSignal;
}

/** Bytes of a blob that need no download: all, those of a partial download, or 0. @param sizeBytes its whole size */
export async function presentBytes(blobPath: string, sizeBytes: number): Promise<number> {
  if ((await sizeOf(blobPath)) === sizeBytes) return sizeBytes;
  return Math.min((await sizeOf(partialPath(blobPath))) ?? 0, sizeBytes);
}

/**
 * Make a blob whole.
 * @throws TransientFailure (a partial stays behind for the next attempt, except on a full disk);
 *   AutotuneError pre_warm_integrity_failure if a file that was fetched anew has another hash (it is removed); the signal's reason if it aborts
 */
export async function fetchBlob(job: BlobJob): Promise<void> {
  const { sizeBytes } = job.source.file;
  await step("download.blobs", () => mkdir(dirname(job.blobPath), { recursive: true }));
  const size = await sizeOf(job.blobPath);
  if (size === sizeBytes && (size > RECHECK_BYTES || (await matches(job, job.blobPath)))) {
    // A partial beside its own blob is worthless, and would keep the model from passing as cached.
    await step("download.tidy", () => rm(partialPath(job.blobPath), { force: true }));
    return;
  }
  if (size === sizeBytes) job.onBytes(-size);
  // A damaged blob would be taken for whole by its name.
  if (size !== null) await step("download.drop", () => rm(job.blobPath));
  try {
    // A file put together from pieces may be wrong without the Hub being so: start anew once before judging.
    const resumed = await transfer(job);
    if (!(await accepted(job)) && !(resumed && (await transfer(job), await accepted(job)))) throw wrongHash(job);
  } catch (error) {
    await freeFullDisk(job, error);
    throw error;
  }
}

/** Fill the partial. @returns whether it was put together from more than one transfer */
async function transfer(job: BlobJob): Promise<boolean> {
  const { hub, source, signal } = job;
  const partial = partialPath(job.blobPath);
  let resumed = false;
  let moved = 0;
  const advanced = () => {
    const far = moved >= ADVANCE_BYTES;
    if (far) moved = 0;
    return far;
  };
  await withRetries({ host: hub.host, delaysMs: hub.retryDelaysMs, signal, advanced }, async () => {
    const sizeBytes = await remoteSize(hub, source, signal);
    if (((await sizeOf(partial)) ?? 0) > sizeBytes) await discard(job);
    const handle = await step("download.partial", () => open(partial, "a"));
    try {
      const offset = (await handle.stat()).size;
      resumed ||= offset > 0;
      const accept = async (bytes: Uint8Array) => {
        await step("download.bytes", () => handle.appendFile(bytes));
        moved += bytes.length;
        job.onBytes(bytes.length);
      };
      const restart = () => emptyPartial(job, handle);
      if (offset < sizeBytes) await readRemote(hub, source, { offset, sizeBytes }, { accept, restart }, signal);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return resumed;
}

/** Rename the partial to its blob if its hash is right, else remove it. */
async function accepted(job: BlobJob): Promise<boolean> {
  const partial = partialPath(job.blobPath);
  if (await matches(job, partial)) {
    await step("download.blob", () => rename(partial, job.blobPath));
    return true;
  }
  await discard(job);
  return false;
}

async function matches({ source, signal }: BlobJob, path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const git = source.file.hash.length === 40;
    const hash = createHash(git ? "sha1" : "sha256");
    // Git hashes a file with a header in front.
    if (git) hash.update(`blob ${size}\0`);
    for await (const bytes of handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
      signal.throwIfAborted();
      hash.update(bytes as Buffer);
    }
    return hash.digest("hex") === source.file.hash;
  } finally {
    await handle.close();
  }
}

function wrongHash({ source, hub }: BlobJob): AutotuneError {
  const { model, file } = source;
  return new AutotuneError(
    "pre_warm_integrity_failure",
    `${model}: ${file.path} as the Hub (${hub.host}) sent it does not have the hash that the Hub names (${file.hash})`,
    { remedy: "Try again later or from another network; if it stays so, the model's repository is damaged." },
  );
}

async function freeFullDisk(job: BlobJob, error: unknown): Promise<void> {
  if (!isDiskFull(error)) return;
  // The run goes on with the next candidate and needs room for its database.
  await step("download.make-room", () => rm(partialPath(job.blobPath), { force: true }));
}

async function emptyPartial(job: BlobJob, handle: FileHandle): Promise<void> {
  job.onBytes(-(await handle.stat()).size);
  await step("download.restart", () => handle.truncate(0));
}

async function discard(job: BlobJob): Promise<void> {
  const partial = partialPath(job.blobPath);
  job.onBytes(-((await sizeOf(partial)) ?? 0));
  await step("download.discard", () => rm(partial, { force: true }));
}

function partialPath(blobPath: string): string {
  return `${blobPath}.incomplete`;
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found === null ? null : found.size;
}
