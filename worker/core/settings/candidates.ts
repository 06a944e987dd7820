// Which models may be tried and in what order: reading the user's list, and trimming the provider's list by size.
// Source: contract §3 (--candidate-models, --max-model-size, --min-model-size), §7 (size from the id) and §16.14, 15, 19.
import { lastSegment } from "../text/last-segment.ts";
import { AutotuneError } from "../errors.ts";
import { pathProblem } from "./named-path.ts";
import { accept, hasControlCharacter, type Kind, type Parsed, quoted, refuse } from "./setting-kinds.ts";

export const MAX_CANDIDATES = 64;

/** Stands for the complete models of the Hugging Face cache, largest weights first. */
export const CACHED = "cached";

/** True for a list that is this keyword. */
export function isCachedKeyword(list: readonly string[]): boolean {
  return list.length === 1 && list[0] === CACHED;
}

/** An ordered list of Hub ids and local folders; the order is never changed. */
export function candidateList(): Kind<string[]> {
  return {
    placeholder: "<csv>",
    limits: `1 to ${MAX_CANDIDATES} different model ids (owner/name) or folders (/…, ./…, ~/…), separated by commas; or ${CACHED}`,
    parse: (text) => (text.trim() === "" ? refuse("the list is empty") : readCandidates(text.split(","))),
    parseElements: readCandidates,
  };
}

function readCandidates(elements: string[]): Parsed<string[]> {
  if (elements.length === 0) return refuse("the list is empty");
  if (elements.length > MAX_CANDIDATES) return refuse(`${elements.length} models are more than ${MAX_CANDIDATES}`);
  const ids: string[] = [];
  for (const [index, element] of elements.entries()) {
    const id = element.trim();
    const problem = id === "" ? "is empty" : candidateProblem(id);
    if (problem !== null)
      return refuse(`model ${index + 1} of ${elements.length}${id && `, ${quoted(id)},`} ${problem}`);
    if (ids.includes(id)) return refuse(`model ${index + 1}, ${quoted(id)}, is there twice`);
    ids.push(id);
  }
  if (ids.length > 1 && ids.includes(CACHED))
    return refuse(`"${CACHED}" stands for all models of the cache and cannot be mixed with others`);
  return accept(ids);
}

/** True for what names a folder on this Mac rather than a repository of the Hub. */
export function isLocalModel(id: string): boolean {
  return /^(\/|\.\.?\/|~\/)/.test(id);
}

function candidateProblem(id: string): string | null {
  if (hasControlCharacter(id)) return "has a control character";
  if (isLocalModel(id)) return pathProblem(id) === null ? null : "is not a legal path";
  if (/\s/.test(id)) return "has a space";
  // A leading dash would be read as a flag by the provider.
  if (id.startsWith("-")) return "starts with a dash";
  if (id.length > 200) return "is longer than 200 characters";
  const named = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)?$/.test(id);
  return named ? null : "is neither owner/name nor a folder starting with /, ./ or ~/";
}

/**
 * Read the number of parameters that an id tells, in billions.
 * "-32B-" is 32, "8x7B" 56 (all experts lie in memory), "26b-a4b" 26 (active parameters do not count), "E4B" 4, "350M" 0.35.
 * @returns null if the id tells none; never 0
 */
export function sizeFromId(id: string): number | null {
  const words = lastSegment(id).split(/[-_\s:@+]/);
  const sizes = (unit: RegExp) => words.map((word) => sizeOfWord(word, unit)).filter((size) => size !== null);
  // Billions first: "7B-Instruct-1M" tells its context in millions.
  return sizes(/^b(?![a-z0-9])/i)[0] ?? sizes(/^mb?(?![a-z0-9])/i)[0] ?? null;
}

function sizeOfWord(word: string, unit: RegExp): number | null {
  const match = /^([a-z]*)(?:(\d+)x)?(\d+(?:\.\d+)?)(.*)$/i.exec(word);
  const [, letters = "", experts = "1", digits = "", rest = ""] = match ?? [];
  if (match === null || letters.toLowerCase() === "a" || !unit.test(rest)) return null;
  const size = Number(experts) * Number(digits);
  return size > 0 ? size / (/^m/i.test(rest) ? 1000 : 1) : null;
}

/** A model of the cache that is no candidate, and why. */
export interface LeftOut {
  id: string;
  reason: string;
  /** It could not be looked at; else it is whole and made for something else. */
  unreadable: boolean;
}

/** Say what was left out, a sentence for each reason. */
export function leftOutNotes(leftOut: readonly LeftOut[]): string[] {
  const byReason = Map.groupBy(leftOut, ({ reason }) => reason);
  return [...byReason].map(([reason, models]) => {
    const ids = models.map(({ id }) => id).join(", ");
    const unasked = models.some(({ unreadable }) => unreadable) ? "" : "; name it with --candidate-models to try it";
    return `left out of the cache's models: ${ids}: ${reason}${unasked}`;
  });
}

/** Size limits in billions of parameters, both inclusive; null = none. */
export interface SizeLimits {
  maxModelSizeB: number | null;
  minModelSizeB: number | null;
}

/**
 * Trim a provider's own list by size; the order stays. With limits, an id whose size is unknown is left out with a warning.
 * @param sizeOf billions of parameters of an id, null if unknown
 * @throws AutotuneError config_error if nothing is left
 */
export function trimBySize(
  list: readonly string[],
  limits: SizeLimits,
  sizeOf: (id: string) => number | null = sizeFromId,
): { candidates: string[]; warnings: string[] } {
  const { maxModelSizeB: max, minModelSizeB: min } = limits;
  if (max === null && min === null) return { candidates: [...list], warnings: [] };
  const sized = list.map((id) => ({ id, size: sizeOf(id) }));
  const candidates = sized
    .filter(({ size }) => size !== null && size <= (max ?? Infinity) && size >= (min ?? 0))
    .map(({ id }) => id);
  if (candidates.length === 0) throw nothingLeft(sized, limits);
  const warnings = sized
    .filter(({ size }) => size === null)
    .map(({ id }) => `${id} is left out: its name does not tell its size; name it with --candidate-models to try it`);
  return { candidates, warnings };
}

function nothingLeft(sized: { id: string; size: number | null }[], limits: SizeLimits): AutotuneError {
  const list = sized.map(({ id, size }) => `${id} (${size === null ? "size unknown" : sizeText(size)})`).join(", ");
  return new AutotuneError(
    "config_error",
    `${limitText(limits)}: no model of the list is left: ${list || "it is empty"}`,
    {
      remedy: "Widen the limits, or name the models with --candidate-models.",
    },
  );
}

function limitText({ maxModelSizeB: max, minModelSizeB: min }: SizeLimits): string {
  const flags = [
    max === null ? "" : `--max-model-size ${sizeText(max)}`,
    min === null ? "" : `--min-model-size ${sizeText(min)}`,
  ];
  return flags.filter(Boolean).join(" and ");
}

/** Write billions of parameters as the flags read them: 8 is "8B", 0.35 is "350M". */
export function sizeText(billions: number): string {
  return billions < 1 ? `${Number((billions * 1000).toPrecision(6))}M` : `${billions}B`;
}
