// What stops an edit of a config file: a line, a reason, a remedy. Values of the file never stand in them (they may be secrets).
// Source: contract §12, refusals.
import type { Remedy } from "../errors.ts";
import type { OwnedKey } from "./config-values.ts";

export interface Refusal {
  /** 1-based line in the file; null where the file as a whole, or the command, is meant. */
  line: number | null;
  reason: string;
  /** What the user can do, an imperative sentence. */
  remedy: string;
  /** The same as data. */
  remedies?: readonly Remedy[];
}

export type Refused = { ok: false; refusals: Refusal[] };

export function refused(...refusals: Refusal[]): Refused {
  return { ok: false, refusals };
}

/** "line 3: kv_bits stands twice. Remove one of them." */
export function refusalText(refusal: Refusal): string {
  return `${reasonText(refusal)}. ${refusal.remedy}.`;
}

export function reasonText({ line, reason }: Refusal): string {
  return `${line === null ? "" : `line ${line}: `}${reason}`;
}

/** A parse error by the parser's error code only: its message would quote the file. */
export function doesNotParse(line: number, code: string): Refusal {
  const words = code.toLowerCase().replaceAll("_", " ");
  return { line, reason: `the file is not valid YAML (${words})`, remedy: "Mend the file, then try again" };
}

export function duplicateKey(line: number, key: OwnedKey, firstLine: number): Refusal {
  return { line, reason: `${key} stands twice (first on line ${firstLine})`, remedy: "Remove one of them" };
}

export function uneditableLine(line: number, key: OwnedKey, why: string): Refusal {
  return { line, reason: `${key} ${why}`, remedy: `Write it as one line, "${key}: value", or change it by hand` };
}

/** A mapping in braces has no lines of its own to add or remove. @param line what the file is to say, "kv_bits: 8"; null = nothing */
export function uneditableBraces(at: number, key: OwnedKey, line: string | null): Refusal {
  const wanted = line === null ? `leave ${key} out` : `add the line "${line}"`;
  return {
    line: at,
    reason: `${key} cannot be added or removed in { } style`,
    remedy: `Take the outer { } and the commas between its entries away, write each entry as a line of its own, "name: value", and ${wanted}; or change it by hand`,
  };
}

export function changesTheRest(line: number, key: OwnedKey): Refusal {
  return {
    line,
    reason: `editing ${key} here would change the meaning of the lines around it`,
    remedy: `Change ${key} by hand`,
  };
}

export function mergedKey(line: number, key: OwnedKey): Refusal {
  return {
    line,
    reason: `${key} comes from a merge key (<<)`,
    remedy: `Write ${key} into the top level and take it out of the merged mapping`,
  };
}

export function pinnedWeights(line: number, key: string): Refusal {
  return {
    line,
    reason: `${key} pins the weights of another model, which would go on being served whatever model says`,
    remedy: `Remove ${key} first`,
  };
}
