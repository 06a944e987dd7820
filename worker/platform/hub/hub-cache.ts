// Where the Hugging Face cache lies, and which of its models are whole. Reads only; no network.
// Source: contract §6; the cache's layout: models--<org>--<name>/{blobs,refs/main,snapshots/<commit>}.
import { join, resolve } from "node:path";
import type { LeftOut } from "../../core/settings/candidates.ts";
import { hubCache, type HubPlaces } from "../../core/models/hub-places.ts";
import { otherPurpose } from "../../core/models/model-purpose.ts";
import { unlessAbsent, UnreadableFile, withinTime, type ForeignFiles } from "../files/foreign-files.ts";
import { NoAnswer } from "../files/foreign-reader.ts";
import { checkModelFolder, readJson, type FolderState } from "./model-folder.ts";

export type CacheLocation = HubPlaces;

/** A cached snapshot with its folder and commit; both null while refs/main names none. */
export interface Snapshot {
  directory: string | null;
  revision: string | null;
  found: FolderState;
}

const HUB_ID = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9_][\w.-]*)?$/;

/** Folder of the cache: HF_HUB_CACHE, else HF_HOME, else the usual place below the home folder. */
export const hubCacheFolder = (location: CacheLocation): string => resolve(hubCache(location).folder);

/** True if the text can be the id of a model on the Hub. */
export function isHubId(model: string): boolean {
  return HUB_ID.test(model) && !model.includes("..") && !model.includes("--");
}

/** Folder of one model in the cache. @param model an id for which `isHubId` holds */
export function modelCacheFolder(cacheFolder: string, model: string): string {
  return join(cacheFolder, ["models", ...model.split("/")].join("--"));
}

/** Longest that one model's folder may take to answer a look, ms: an external disk that has to spin up needs some seconds. */
export const LOOK_MS = 10_000;
/** After so many that did not answer, the others get a second each: their disk is the same, or the machine is past help. */
const MANY_DEAD = 3;
const IMPATIENT_MS = 1_000;

/** Commit that the cache holds as `main`; null for local folders and models that are not cached or do not answer. */
export async function modelRevision(location: CacheLocation, model: string): Promise<string | null> {
  if (!isHubId(model)) return null;
  const folder = modelCacheFolder(hubCacheFolder(location), model);
  return withinTime(LOOK_MS, NEVER, (files) => readRevision(folder, files)).catch(() => null);
}

const NEVER = new AbortController().signal;

/** A commit id is 40 bytes. */
const MOST_REF_BYTES = 1_000;

async function readRevision(modelFolder: string, files: ForeignFiles): Promise<string | null> {
  const text = await unlessAbsent(files.text(join(modelFolder, "refs", "main"), MOST_REF_BYTES));
  const commit = (text ?? "").trim();
  return /^\w[\w.-]*$/.test(commit) ? commit : null;
}

/** Judge what the cache holds of a model. */
export async function checkSnapshot(cacheFolder: string, model: string, files: ForeignFiles): Promise<Snapshot> {
  const modelFolder = modelCacheFolder(cacheFolder, model);
  try {
    const revision = await readRevision(modelFolder, files);
    if (revision === null)
      return { directory: null, revision, found: { state: "missing", reason: "it is not in the cache" } };
    const directory = join(modelFolder, "snapshots", revision);
    const found = await checkModelFolder(directory, files);
    const unfinished = found.state === "complete" ? await unfinishedBlob(modelFolder, directory, files) : null;
    if (unfinished === null) return { directory, revision, found };
    return { directory, revision, found: { state: "missing", reason: `${unfinished} is a half-finished download` } };
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof UnreadableFile)) throw error;
    return { directory: null, revision: null, found: { state: "unreadable", reason: error.message } };
  }
}

/**
 * Find a download that may still miss in a snapshot that looks whole: an optional file (a chat template) leaves no other
 * trace. Of no account are those whose blob is there, those with a number of their own (`<hash>.<number>.incomplete`, which
 * nobody ever resumes) and those that were given up before the snapshot was finished.
 */
async function unfinishedBlob(modelFolder: string, snapshot: string, files: ForeignFiles): Promise<string | null> {
  const blobs = (await unlessAbsent(files.list(join(modelFolder, "blobs")))) ?? [];
  const there = new Set(blobs);
  const open = blobs.filter((name) => /^[^.]+\.incomplete$/.test(name) && !there.has(name.replace(".incomplete", "")));
  if (open.length === 0) return null;
  const finishedMs = await newestLink(snapshot, files);
  for (const name of open) {
    const path = join(modelFolder, "blobs", name);
    const found = await unlessAbsent(files.facts(path));
    if (found !== null && found.modifiedMs >= finishedMs) return path;
  }
  return null;
}

async function newestLink(snapshot: string, files: ForeignFiles): Promise<number> {
  const times: number[] = [];
  for (const name of await files.list(snapshot))
    times.push((await unlessAbsent(files.linkFacts(join(snapshot, name))))?.modifiedMs ?? 0);
  return Math.max(0, ...times);
}

export interface CachedModel {
  id: string;
  tensorBytes: number;
}

interface Listing {
  /** Interrupts the looking; its reason is thrown. */
  signal?: AbortSignal;
  /** Told of each model that may be whole and is no candidate all the same. */
  onLeftOut?: (one: LeftOut) => void;
}

/**
 * List the models that are whole in the cache and made to write text: config.json, safetensors, a tokenizer of a known form.
 * @returns largest weights first, then by id; empty without a cache folder
 */
export async function listCompleteModels(location: CacheLocation, listing: Listing = {}): Promise<CachedModel[]> {
  const { signal = NEVER, onLeftOut = () => undefined } = listing;
  const cacheFolder = hubCacheFolder(location);
  const models: CachedModel[] = [];
  let dead = 0;
  for (const id of await cachedIds(cacheFolder, signal, onLeftOut)) {
    const limitMs = dead < MANY_DEAD ? LOOK_MS : IMPATIENT_MS;
    try {
      const seen = await withinTime(limitMs, signal, (files) => lookAt(cacheFolder, id, files));
      if (seen?.leftOut != null) onLeftOut({ id, reason: seen.leftOut, unreadable: seen.unreadable });
      else if (seen) models.push({ id, tensorBytes: seen.tensorBytes });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof NoAnswer || error instanceof UnreadableFile)) throw error;
      if (error instanceof NoAnswer) dead += 1;
      onLeftOut({ id, reason: error.message, unreadable: true });
    }
  }
  return models.sort((a, b) => b.tensorBytes - a.tensorBytes || (a.id < b.id ? -1 : 1));
}

async function cachedIds(
  cacheFolder: string,
  signal: AbortSignal,
  onLeftOut: (one: LeftOut) => void,
): Promise<string[]> {
  try {
    const names = await withinTime(LOOK_MS, signal, (files) => unlessAbsent(files.list(cacheFolder)));
    const folders = (names ?? []).filter((name) => name.startsWith("models--"));
    return folders
      .map((name) => name.slice("models--".length).split("--").join("/"))
      .filter(isHubId)
      .sort();
  } catch (error) {
    signal.throwIfAborted();
    onLeftOut({ id: "all", reason: error instanceof Error ? error.message : String(error), unreadable: true });
    return [];
  }
}

/** Enough of a README.md to hold the block of facts that it begins with, bytes. */
const CARD_BYTES = 8_192;

interface Seen {
  tensorBytes: number;
  /** null for a candidate. */
  leftOut: string | null;
  unreadable: boolean;
}

/** @returns null for what is not whole */
async function lookAt(cacheFolder: string, id: string, files: ForeignFiles): Promise<Seen | null> {
  const { directory, found } = await checkSnapshot(cacheFolder, id, files);
  if (found.state === "unreadable") return { tensorBytes: 0, leftOut: found.reason, unreadable: true };
  if (directory === null || found.state !== "complete") return null;
  const { tensorBytes } = found;
  const leftOut = found.tokenizer === "known" ? await purposeOf(id, directory, files) : NO_KNOWN_TOKENIZER;
  return { tensorBytes, leftOut, unreadable: false };
}

const NO_KNOWN_TOKENIZER = "its tokenizer has no form that servers are known to read";

async function purposeOf(id: string, directory: string, files: ForeignFiles): Promise<string | null> {
  const config = await readJson(join(directory, "config.json"), files);
  const names = await files.list(directory);
  const head = names.includes("README.md") ? await files.part(join(directory, "README.md"), 0, CARD_BYTES) : "";
  return otherPurpose({ id, config, names, card: Buffer.from(head).toString("utf8") });
}
