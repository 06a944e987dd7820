// When a folder holds a whole model: config, every weight file its index names, a tokenizer, sizes that agree with headers.
// Reads headers only, never whole files; no network, no writes. Source: contract §6.
import { open, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { kvBytesPerToken, needsTokenizerJson, stopTokens, type TokenFiles } from "../core/model-config.ts";
import { PREFIX_BYTES, headerLength, judgeHeader, type SafetensorsVerdict } from "../core/safetensors.ts";
import type { Weights } from "../context.ts";

export const INDEX_FILE = "model.safetensors.index.json";
export const SINGLE_FILE = "model.safetensors";
/** Files of which one must be there for text to become tokens. */
const VOCABULARY = /^(tokenizer\.json|tokenizer\.model|spiece\.model|vocab\.(json|txt)|.*\.tiktoken)$/;
const SHARD = /^(model-)(\d{5})-of-(\d{5})\.safetensors$/;

/**
 * `missing` = something is not there (yet); `damaged` = something is there and wrong, a new download may mend it;
 * `broken` = the bytes are garbage.
 */
export type FolderState =
  { state: "complete"; tensorBytes: number } | { state: "missing" | "damaged" | "broken"; reason: string };

type Fault = Exclude<FolderState, { state: "complete" }>;

/** Judge a folder. Weights are looked at before the tokenizer, so that a partial download is `missing`, not `damaged`. */
export async function checkModelFolder(directory: string): Promise<FolderState> {
  const names = await readdir(directory).catch(() => null);
  if (names === null) return { state: "missing", reason: `${directory} is not there` };
  const unfinished = names.find((name) => name.endsWith(".incomplete"));
  if (unfinished !== undefined) return { state: "missing", reason: `${unfinished} is a half-finished download` };
  const gone = await firstUnresolved(directory, ["config.json", ...names]);
  if (gone !== null) return { state: "missing", reason: `${gone} is missing` };
  if ((await readJson(join(directory, "config.json"))) === undefined)
    return { state: "damaged", reason: "config.json is not JSON" };
  const weights = await weightFiles(directory, names);
  if (!Array.isArray(weights)) return weights;
  const judged = await judgeWeights(directory, weights);
  if (judged.state !== "complete") return judged;
  if (!hasVocabulary(names)) return { state: "damaged", reason: "the tokenizer is missing" };
  return judged;
}

/** True if one of the names is a tokenizer's vocabulary. */
export function hasVocabulary(names: string[]): boolean {
  return names.some((name) => VOCABULARY.test(name));
}

/**
 * Names of the weight files that an index lists, distinct and ascending.
 * @param text content of model.safetensors.index.json
 * @returns null if it is no index, or names a path outside the model
 */
export function indexedFiles(text: string): string[] | null {
  const index = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(parseJson(text));
  if (!index.success) return null;
  const files = [...new Set(Object.values(index.data.weight_map))].sort();
  const inside = files.every((file) => file.endsWith(".safetensors") && !/^[\\/]|(^|[\\/])\.\.([\\/]|$)/.test(file));
  return files.length > 0 && inside ? files : null;
}

/** Weight files to expect where there is no index: the single file, else whole series of shards; empty if neither. */
export function unindexedFiles(names: string[]): string[] {
  if (names.includes(SINGLE_FILE)) return [SINGLE_FILE];
  const counts = new Set(names.flatMap((name) => SHARD.exec(name)?.[3] ?? []));
  return [...counts].flatMap((total) =>
    Array.from({ length: Number(total) }, (_, i) => `model-${String(i + 1).padStart(5, "0")}-of-${total}.safetensors`),
  );
}

async function weightFiles(directory: string, names: string[]): Promise<string[] | Fault> {
  if (names.includes(INDEX_FILE)) {
    const files = indexedFiles(await readFile(join(directory, INDEX_FILE), "utf8").catch(() => ""));
    return files ?? { state: "damaged", reason: `${INDEX_FILE} lists no weight files` };
  }
  const files = unindexedFiles(names);
  return files.length > 0 ? files : { state: "missing", reason: `${SINGLE_FILE} is missing, and so is its index` };
}

async function judgeWeights(directory: string, files: string[]): Promise<FolderState> {
  const gone = await firstUnresolved(directory, files);
  if (gone !== null) return { state: "missing", reason: `${gone} is missing` };
  let tensorBytes = 0;
  for (const file of files) {
    const verdict = await readSafetensors(join(directory, file)).catch(() => null);
    if (verdict === null) return { state: "missing", reason: `${file} cannot be read` };
    if (verdict.state === "cut") return { state: "damaged", reason: `${file} is cut off: ${verdict.reason}` };
    if (verdict.state === "broken") return { state: "broken", reason: `${file} is broken: ${verdict.reason}` };
    tensorBytes += verdict.tensorBytes;
  }
  return { state: "complete", tensorBytes };
}

async function firstUnresolved(directory: string, files: string[]): Promise<string | null> {
  for (const file of files) {
    const found = await stat(join(directory, file)).catch(() => null);
    if (found === null) return file;
  }
  return null;
}

async function readSafetensors(path: string): Promise<SafetensorsVerdict> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const prefix = await handle.read(new Uint8Array(PREFIX_BYTES), 0, PREFIX_BYTES, 0);
    const length = headerLength(prefix.buffer.subarray(0, prefix.bytesRead), size);
    if (length.state !== "ok") return { state: length.state, reason: length.reason };
    const header = await handle.read(new Uint8Array(length.headerBytes), 0, length.headerBytes, PREFIX_BYTES);
    return judgeHeader(header.buffer.subarray(0, header.bytesRead), size);
  } finally {
    await handle.close();
  }
}

/** Read what a complete folder says about its model. @param tensorBytes as `checkModelFolder` found */
export async function describeModel(directory: string, tensorBytes: number, revision: string | null): Promise<Weights> {
  const read = (name: string) => readJson(join(directory, name));
  const files: TokenFiles = {
    config: await read("config.json"),
    tokenizerConfig: await read("tokenizer_config.json"),
    specialTokensMap: await read("special_tokens_map.json"),
    generationConfig: await read("generation_config.json"),
  };
  // tokenizer.json can have 30 MB: only where nothing smaller spells the tokens.
  if (needsTokenizerJson(files)) files.tokenizer = await read("tokenizer.json");
  return {
    directory,
    tensorBytes,
    kvBytesPerToken: kvBytesPerToken(files.config),
    stopTokens: stopTokens(files),
    revision,
  };
}

/** Content of a JSON file; undefined if it is missing or no JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? undefined : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // "No JSON" is a finding of the caller, who names the file.
    return undefined;
  }
}
