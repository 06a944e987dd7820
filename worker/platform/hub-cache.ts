// Where the Hugging Face cache lies, and which of its models are whole. Reads only; no network.
// Source: contract §6; the cache's layout: models--<org>--<name>/{blobs,refs/main,snapshots/<commit>}.
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { generatesText } from "../core/model-config.ts";
import { checkModelFolder, readJson, type FolderState } from "./model-folder.ts";

export interface CacheLocation {
  env: NodeJS.ProcessEnv;
  homeDir: string;
}

/** A cached snapshot with its folder and commit; both null while refs/main names none. */
export interface Snapshot {
  directory: string | null;
  revision: string | null;
  found: FolderState;
}

const HUB_ID = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9_][\w.-]*)?$/;

/** Folder of the cache: HF_HUB_CACHE, else HF_HOME, else the usual place below the home folder. Empty variables do not count. */
export function hubCacheFolder({ env, homeDir }: CacheLocation): string {
  const expand = (path: string) => resolve(path.replace(/^~(?=\/|$)/, homeDir));
  const own = env["HF_HUB_CACHE"] || env["HUGGINGFACE_HUB_CACHE"];
  if (own) return expand(own);
  if (env["HF_HOME"]) return join(expand(env["HF_HOME"]), "hub");
  return join(expand(env["XDG_CACHE_HOME"] || join(homeDir, ".cache")), "huggingface", "hub");
}

/** True if the text can be the id of a model on the Hub. */
export function isHubId(model: string): boolean {
  return HUB_ID.test(model) && !model.includes("..") && !model.includes("--");
}

/** Folder of one model in the cache. @param model an id for which `isHubId` holds */
export function modelCacheFolder(cacheFolder: string, model: string): string {
  return join(cacheFolder, ["models", ...model.split("/")].join("--"));
}

/** Commit that the cache holds as `main`; null for local folders and models that are not cached. */
export async function modelRevision(location: CacheLocation, model: string): Promise<string | null> {
  return isHubId(model) ? readRevision(modelCacheFolder(hubCacheFolder(location), model)) : null;
}

async function readRevision(modelFolder: string): Promise<string | null> {
  const text = await readFile(join(modelFolder, "refs", "main"), "utf8").catch(() => "");
  const commit = text.trim();
  return /^\w[\w.-]*$/.test(commit) ? commit : null;
}

/**
 * Judge what the cache holds of a model. Any `*.incomplete` among its blobs makes it `missing`: a blob's name does not
 * tell which file of which snapshot it belongs to, and an optional one (a chat template) leaves no other trace.
 */
export async function checkSnapshot(cacheFolder: string, model: string): Promise<Snapshot> {
  const modelFolder = modelCacheFolder(cacheFolder, model);
  const revision = await readRevision(modelFolder);
  if (revision === null)
    return { directory: null, revision, found: { state: "missing", reason: "it is not in the cache" } };
  const directory = join(modelFolder, "snapshots", revision);
  const found = await checkModelFolder(directory);
  const blobs = await readdir(join(modelFolder, "blobs")).catch(() => []);
  const unfinished = blobs.find((name) => name.endsWith(".incomplete"));
  if (found.state !== "complete" || unfinished === undefined) return { directory, revision, found };
  const reason = `${join(modelFolder, "blobs", unfinished)} is a half-finished download`;
  return { directory, revision, found: { state: "missing", reason } };
}

/**
 * List the models that are whole in the cache and generate text: config.json, safetensors, tokenizer.
 * @returns largest weights first, then by id; empty without a cache folder
 */
export async function listCompleteModels(location: CacheLocation): Promise<{ id: string; tensorBytes: number }[]> {
  const cacheFolder = hubCacheFolder(location);
  const names = await readdir(cacheFolder).catch(() => []);
  const models: { id: string; tensorBytes: number }[] = [];
  for (const name of names) {
    const id = name.startsWith("models--") ? name.slice("models--".length).split("--").join("/") : "";
    if (!isHubId(id)) continue;
    const { directory, found } = await checkSnapshot(cacheFolder, id);
    if (directory === null || found.state !== "complete") continue;
    if (generatesText(await readJson(join(directory, "config.json"))))
      models.push({ id, tensorBytes: found.tensorBytes });
  }
  return models.sort((a, b) => b.tensorBytes - a.tensorBytes || (a.id < b.id ? -1 : 1));
}
