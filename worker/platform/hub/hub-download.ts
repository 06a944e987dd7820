// How a model gets into the cache: list, check the disk, fetch every blob, and only then link the snapshot and write
// refs/main. Until the last file is verified no snapshot exists that anybody could take for whole.
import { constants } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { INDEX_FILE, indexedFiles, tokenizerForm, weightFiles } from "../../core/models/model-files.ts";
import { diskSize } from "../../core/units.ts";
import { step } from "../../step.ts";
import { listModel, type Hub, type RemoteFile, type RemoteModel } from "./hub-client.ts";
import { TransientFailure, errorCode, withRetries } from "./hub-failure.ts";
import { fetchBlob, presentBytes } from "./hub-file.ts";

/** Kept free beyond what the download takes, bytes: a Mac with a disk full to the brim stops working. */
export const SPARE_BYTES = 256 * 1024 * 1024;
/** What serving reads beside the weights; code of the repository is never fetched. */
const SIDE_FILE = /^[^/]+\.(json|jsonl|jinja|model|txt|tiktoken|bpe|spm|tok)$/;
/** They lie beside every tokenizer and are none. */
const TOKENIZER_SETTINGS = /^(tokenizer_config|special_tokens_map|added_tokens)\.json$/;

export interface Download {
  hub: Hub;
  model: string;
  /** Folder of this model in the cache. */
  modelFolder: string;
  /** Free bytes on the disk of an existing folder. */
  freeBytes: (folder: string) => Promise<number>;
  /** Bytes over all files of the model, those already there included; total is constant, done ≤ total. */
  onProgress: (doneBytes: number, totalBytes: number) => void;
  signal: AbortSignal;
}

/**
 * Complete the snapshot of `main`.
 * @returns its folder and commit
 * @throws TransientFailure; AutotuneError pre_warm_integrity_failure; the signal's reason if it aborts
 */
export async function downloadSnapshot(job: Download): Promise<{ directory: string; revision: string }> {
  const { hub, model, signal } = job;
  const settings = { host: hub.host, delaysMs: hub.retryDelaysMs, signal };
  const remote = await withRetries(settings, () => listModel(hub, model, signal));
  const files = await wantedFiles(job, remote);
  await checkDisk(job, files);
  await fetchAll(job, remote.commit, files);
  const directory = join(job.modelFolder, "snapshots", remote.commit);
  for (const file of files) await link(blobPath(job, file), join(directory, file.path));
  await writeRef(job.modelFolder, remote.commit);
  return { directory, revision: remote.commit };
}

async function wantedFiles(job: Download, { commit, files }: RemoteModel): Promise<RemoteFile[]> {
  const names = files.map((file) => file.path);
  if (!names.includes("config.json"))
    throw notServable("it has no config.json, so it is not a model that MLX can serve");
  if (tokenizerForm(names.filter((name) => !TOKENIZER_SETTINGS.test(name))) === "none")
    throw notServable("its repository has no tokenizer");
  const weights = await wantedWeights(job, commit, files);
  return files.filter((file) => SIDE_FILE.test(file.path) || weights.includes(file.path));
}

async function wantedWeights(job: Download, commit: string, files: RemoteFile[]): Promise<string[]> {
  const names = files.map((file) => file.path);
  const weights = weightFiles(names, await indexOf(job, commit, files));
  if ("files" in weights) return weights.files;
  if (!names.some((name) => name.endsWith(".safetensors")))
    throw notServable("it has no safetensors weights, so it is not a model that MLX can serve");
  throw notServable(`its repository lacks ${weights.missing}, a part of its weights`);
}

/** The index has a say in which weights are needed, so it comes first; it is small. */
async function indexOf(job: Download, commit: string, files: RemoteFile[]): Promise<string[] | null> {
  const index = files.find((file) => file.path === INDEX_FILE);
  if (index === undefined) return null;
  await fetchBlob(blobJob(job, commit, index, () => undefined));
  return indexedFiles(await readFile(blobPath(job, index), "utf8"));
}

async function checkDisk(job: Download, files: RemoteFile[]): Promise<void> {
  let missingBytes = 0;
  for (const file of files) missingBytes += file.sizeBytes - (await presentBytes(blobPath(job, file), file.sizeBytes));
  if (missingBytes === 0) return;
  const folder = await existingFolder(job.modelFolder);
  const freeBytes = await job.freeBytes(folder);
  const neededBytes = missingBytes + SPARE_BYTES;
  if (freeBytes >= neededBytes) return;
  throw notServable(
    `the disk is too full: it needs ${diskSize(neededBytes)} and ${diskSize(freeBytes)} are free at ${folder}; ` +
      "free some space or set HF_HUB_CACHE to another disk",
  );
}

async function fetchAll(job: Download, commit: string, files: RemoteFile[]): Promise<void> {
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let doneBytes = 0;
  for (const file of files) doneBytes += await presentBytes(blobPath(job, file), file.sizeBytes);
  const report = () => job.onProgress(Math.max(0, Math.min(doneBytes, totalBytes)), totalBytes);
  report();
  const onBytes = (delta: number) => {
    doneBytes += delta;
    report();
  };
  // Small files first: what is wrong with them shows before the gigabytes are here.
  for (const file of [...files].sort((a, b) => a.sizeBytes - b.sizeBytes))
    await fetchBlob(blobJob(job, commit, file, onBytes));
}

function blobJob(job: Download, commit: string, file: RemoteFile, onBytes: (delta: number) => void) {
  const { hub, model, signal } = job;
  return { hub, source: { model, commit, file }, blobPath: blobPath(job, file), onBytes, signal };
}

function blobPath(job: Download, file: RemoteFile): string {
  return join(job.modelFolder, "blobs", file.hash);
}

async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  return found !== null || dirname(folder) === folder ? folder : existingFolder(dirname(folder));
}

async function link(blob: string, path: string): Promise<void> {
  await step("download.snapshot", () => mkdir(dirname(path), { recursive: true }));
  await step("download.unlink", () => rm(path, { force: true }));
  try {
    await step("download.link", () => symlink(relative(dirname(path), blob), path));
  } catch (error) {
    if (!lacksSymlinks(error)) throw error;
    await step("download.copy", () => copyFile(blob, path, constants.COPYFILE_FICLONE));
  }
}

/** Some disks (exFAT, network shares) have no symlinks. */
function lacksSymlinks(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errorCode(error) ?? "");
}

async function writeRef(modelFolder: string, commit: string): Promise<void> {
  const path = join(modelFolder, "refs", "main");
  await step("download.refs", () => mkdir(dirname(path), { recursive: true }));
  await step("download.new-ref", () => writeFile(`${path}.new`, commit));
  await step("download.ref", () => rename(`${path}.new`, path));
}

function notServable(reason: string): TransientFailure {
  return new TransientFailure(reason, { retriable: false });
}
