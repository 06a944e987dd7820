// Which files of a model its server loads: weights by name, with an index only where it fits what is there, and a tokenizer in
// any known form. Source: contract §6; mlx-lm loads every model*.safetensors and reads no index, mlx-swift-lm follows an index
// whose files are all there and else takes the same names (then weight*), transformers' and mistral's tokenizer files.
import * as z from "zod";
import { parsePythonJson } from "../text/python-json.ts";

export const INDEX_FILE = "model.safetensors.index.json";
export const SINGLE_FILE = "model.safetensors";

/** A vocabulary that one of the servers or the libraries below them reads. */
const VOCABULARIES = [
  /^tokenizer\.json$/,
  /^(tokenizer|spiece|sentencepiece(\.bpe)?|tiktoken|source|spm)\.model$/,
  /^.*\.(tiktoken|spm)$/,
  /^tekken\.json$/,
  /^tokenizer\.(model\.v\d+\w*|tok)$/,
  /^vocab\.(json|txt|bpe)$/,
];
/** What may be a tokenizer: its settings, its code, or a vocabulary of another name. Only the server can tell. */
const TOKENIZER_TRACE = /token|vocab|^merges\.txt$|\.(model|bpe)$/i;

/** `known` = a form that servers read; `possible` = the server will tell; `none` = nothing could be one. */
export type TokenizerForm = "known" | "possible" | "none";

export function tokenizerForm(names: readonly string[]): TokenizerForm {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (VOCABULARIES.some(has)) return "known";
  return has(TOKENIZER_TRACE) ? "possible" : "none";
}

/** `files`: distinct and ascending, at least one. `missing`: the first file that should be there. */
export type WeightFiles = { files: string[] } | { missing: string };

/**
 * Find the weight files that a server would load.
 * @param names of the files that are there; those of sub-folders with their path
 * @param indexed what `indexedFiles` read; null without an index that can be used
 */
export function weightFiles(names: readonly string[], indexed: readonly string[] | null): WeightFiles {
  const there = new Set(names);
  if (indexed?.every((file) => there.has(file))) return { files: [...indexed] };
  const byName = filesByName(names);
  const unfinished = indexed?.some((file) => there.has(file)) && !there.has(SINGLE_FILE);
  if ("files" in byName && !unfinished) return byName;
  return { missing: indexed?.find((file) => !there.has(file)) ?? ("missing" in byName ? byName.missing : SINGLE_FILE) };
}

/** The single file alone, as what lies beside it are parts of the same; else whole series and what belongs to none. */
function filesByName(names: readonly string[]): WeightFiles {
  if (names.includes(SINGLE_FILE)) return { files: [SINGLE_FILE] };
  const usual = [/^model[^/]*\.safetensors$/, /^weight[^/]*\.safetensors$/].map((name) =>
    names.filter((one) => name.test(one)),
  );
  const { whole, missing, others } = sortSeries(usual.find((found) => found.length > 0) ?? []);
  if (whole.length === 0 && missing !== null) return { missing };
  const files = [...whole, ...others].sort();
  return files.length > 0 ? { files } : { missing: SINGLE_FILE };
}

const PART = /^(.*?)(\d+)-of-(\d+)\.safetensors$/;

function sortSeries(names: readonly string[]): { whole: string[]; missing: string | null; others: string[] } {
  const series = new Map<string, string[]>();
  const others: string[] = [];
  for (const name of names) {
    const [, start, at, total] = PART.exec(name) ?? [];
    if (start === undefined || at === undefined) others.push(name);
    else {
      const key = `${start}*${at.length}*${total}`;
      const parts = series.get(key);
      if (parts) parts.push(name);
      else series.set(key, [name]);
    }
  }
  const gaps = [...series.values()].map((parts) => ({ parts, missing: firstMissing(parts) }));
  return {
    whole: gaps.flatMap(({ parts, missing }) => (missing === null ? parts : [])),
    missing: gaps.find(({ missing }) => missing !== null)?.missing ?? null,
    others,
  };
}

/** @returns the first part of a series that is not among these; null if all are */
function firstMissing(parts: readonly string[]): string | null {
  const [, start = "", at = "", total = ""] = PART.exec(parts[0] ?? "") ?? [];
  const there = new Set(parts);
  for (let number = 1; number <= Math.min(Number(total), parts.length + 1); number += 1) {
    const name = `${start}${String(number).padStart(at.length, "0")}-of-${total}.safetensors`;
    if (!there.has(name)) return name;
  }
  return null;
}

/**
 * Names of the weight files that an index lists, distinct and ascending.
 * @param text content of model.safetensors.index.json
 * @returns null if it is no index, or names a path outside the model
 */
export function indexedFiles(text: string): string[] | null {
  const index = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(parsePythonJson(text));
  if (!index.success) return null;
  const files = [...new Set(Object.values(index.data.weight_map))].sort();
  const inside = files.every((file) => file.endsWith(".safetensors") && !/^[\\/]|(^|[\\/])\.\.([\\/]|$)/.test(file));
  return files.length > 0 && inside ? files : null;
}
