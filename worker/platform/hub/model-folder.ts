// When a folder holds a whole model: what its server loads is there (core/models/model-files.ts) and sizes agree with headers. Reads
// headers only, never whole weights; no network, no writes; every read can be given up. Source: contract §6.
import { join } from "node:path";
import {
  kvBytesPerToken,
  needsTokenizerJson,
  stopTokens,
  trainedPositions,
  type TokenFiles,
} from "../../core/models/model-config.ts";
import { INDEX_FILE, indexedFiles, tokenizerForm, weightFiles } from "../../core/models/model-files.ts";
import { parsePythonJson } from "../../core/text/python-json.ts";
import { PREFIX_BYTES, headerLength, judgeHeader, type SafetensorsVerdict } from "../../core/models/safetensors.ts";
import type { Weights } from "../../context.ts";
import { unlessAbsent, type ForeignFiles } from "../files/foreign-files.ts";

/** Most bytes that are read of a JSON file: tokenizer.json has up to 40 MB, the index of a big mixture of experts 20. */
const MOST_JSON_BYTES = 128_000_000;

/**
 * `missing` = something is not there (yet) or is not what it should be; `damaged` = weights are cut off, a new download may
 * mend it; `broken` = weights are garbage; `untokenized` = whole but for a tokenizer, of which there is none in any form;
 * `unreadable` = the system or the disk does not let us look.
 * `tokenizer`: whether its form is one that servers are known to read.
 */
export type FolderState =
  | { state: "complete"; tensorBytes: number; tokenizer: "known" | "possible" }
  | { state: "missing" | "damaged" | "broken" | "untokenized" | "unreadable"; reason: string };

type Fault = Exclude<FolderState, { state: "complete" }>;

/** Judge a folder. Only wrong weights are `damaged` or `broken`: of all else, nobody knows better than its server. */
export async function checkModelFolder(directory: string, files: ForeignFiles): Promise<FolderState> {
  try {
    return await judgeFolder(directory, files);
  } catch (error) {
    return { state: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function judgeFolder(directory: string, files: ForeignFiles): Promise<FolderState> {
  const names = await unlessAbsent(files.list(directory));
  if (names === null) return missing(`${directory} is not there`);
  const unfinished = names.find((name) => isUnfinished(name, names));
  if (unfinished !== undefined) return missing(`${unfinished} is a half-finished download`);
  const gone = await firstUnresolved(directory, ["config.json", ...names.filter(isLoaded)], files);
  if (gone !== null) return missing(`${gone} is missing`);
  if ((await readJson(join(directory, "config.json"), files)) === undefined) return missing("config.json is not JSON");
  const judged = await judgeWeights(directory, names, files);
  if (typeof judged !== "number") return judged;
  const tokenizer = tokenizerForm(names);
  if (tokenizer === "none") return { state: "untokenized", reason: "there is no tokenizer in any form" };
  return { state: "complete", tensorBytes: judged, tokenizer };
}

const missing = (reason: string): Fault => ({ state: "missing", reason });

/** A leftover beside the finished file is none. Some tools put a number of their own before the ending. */
function isUnfinished(name: string, names: readonly string[]): boolean {
  const done = name.endsWith(".incomplete") ? name.slice(0, -".incomplete".length) : null;
  return done !== null && !names.includes(done) && !names.includes(done.replace(/\.[^.]*$/, ""));
}

/** What a server may read; a leftover of anything else does not matter. */
function isLoaded(name: string): boolean {
  return /\.(safetensors|json|jsonl|jinja|model|txt|tiktoken|py)$/.test(name);
}

/** @returns the bytes of all tensors, or what is wrong */
async function judgeWeights(directory: string, names: string[], files: ForeignFiles): Promise<number | Fault> {
  const indexed = names.includes(INDEX_FILE)
    ? indexedFiles(await files.text(join(directory, INDEX_FILE), MOST_JSON_BYTES))
    : null;
  const nested = (indexed ?? []).filter((file) => file.includes("/"));
  const absent = await firstUnresolved(directory, nested, files);
  const weights = weightFiles(absent === null ? [...names, ...nested] : names, indexed);
  if ("missing" in weights) return missing(`${weights.missing} is missing`);
  let tensorBytes = 0;
  for (const file of weights.files) {
    const verdict = await readSafetensors(join(directory, file), files);
    if (verdict.state === "pointer") return missing(`${file} is only a pointer of Git LFS (git lfs pull fetches it)`);
    if (verdict.state === "cut") return { state: "damaged", reason: `${file} is cut off: ${verdict.reason}` };
    if (verdict.state === "broken") return { state: "broken", reason: `${file} is broken: ${verdict.reason}` };
    tensorBytes += verdict.tensorBytes;
  }
  return tensorBytes;
}

async function firstUnresolved(directory: string, names: string[], files: ForeignFiles): Promise<string | null> {
  for (const name of names) {
    const found = await unlessAbsent(files.facts(join(directory, name)));
    if (found === null) return name;
  }
  return null;
}

/** What `git clone` without LFS leaves in place of a big file. Source: git-lfs, docs/spec.md. */
const LFS_POINTER = "version https://git-lfs";

async function readSafetensors(path: string, files: ForeignFiles): Promise<SafetensorsVerdict | { state: "pointer" }> {
  const { bytes } = await files.facts(path);
  const start = await files.part(path, 0, LFS_POINTER.length);
  if (Buffer.from(start).toString("latin1") === LFS_POINTER) return { state: "pointer" };
  const length = headerLength(start.subarray(0, PREFIX_BYTES), bytes);
  if (length.state !== "ok") return { state: length.state, reason: length.reason };
  return judgeHeader(await files.part(path, PREFIX_BYTES, length.headerBytes), bytes);
}

/** Read what a complete folder says about its model. @param tensorBytes as `checkModelFolder` found */
export async function describeModel(
  directory: string,
  tensorBytes: number,
  revision: string | null,
  files: ForeignFiles,
): Promise<Weights> {
  const read = (name: string) => readJson(join(directory, name), files);
  const texts: TokenFiles = {
    config: await read("config.json"),
    tokenizerConfig: await read("tokenizer_config.json"),
    specialTokensMap: await read("special_tokens_map.json"),
    generationConfig: await read("generation_config.json"),
  };
  // tokenizer.json can have 30 MB: only where nothing smaller spells the tokens.
  if (needsTokenizerJson(texts)) texts.tokenizer = await read("tokenizer.json");
  return {
    directory,
    tensorBytes,
    kvBytesPerToken: kvBytesPerToken(texts.config),
    trainedPositions: trainedPositions(texts.config),
    stopTokens: stopTokens(texts),
    revision,
  };
}

/** Content of a JSON file, as Python writes it; undefined if it is missing or no JSON. */
export async function readJson(path: string, files: ForeignFiles): Promise<unknown> {
  const text = await unlessAbsent(files.text(path, MOST_JSON_BYTES));
  return text === null ? undefined : parsePythonJson(text);
}
