// Where a line that an application removed goes back: beside its comment, between its old neighbours, else nowhere.
// Source: contract §12. Places are found by line fingerprints, for the file may have been edited since.
import { lineAround } from "./config-field.ts";
import type { ConfigText } from "./config-source.ts";
import { additionPlace, fingerprint, lineBreakOf, spliced, type Splice, type Undo } from "./config-step.ts";
import type { ConfigValue, OwnedKey } from "./config-values.ts";

export type Removed = Extract<Undo, { kind: "removed" }>;

/** Put a removed line back. @returns null if there is no place where it would leave all else as it is */
export function reinsert(config: ConfigText, key: OwnedKey, before: ConfigValue, undo: Removed): ConfigText | null {
  const { text } = config;
  const lines = text.split(/\r?\n/);
  for (const index of undo.comment === null ? [] : placesOfComment(lines, undo)) {
    const start = startOf(text, index);
    const at = start + (/^ */.exec(text.slice(start))?.[0].length ?? 0);
    const done = spliced(config, { start: at, end: at, insert: undo.head }, key, before);
    if (done) return done;
  }
  // With a comment the head begins at the key and ends in the space before the comment.
  const head = undo.comment === null ? undo.head : additionPlace(config).indent + undo.head.trim();
  for (const index of placesBetween(lines, undo)) {
    const done = spliced(config, insertion(text, index, head, breakFor(text, undo)), key, before);
    if (done) return done;
  }
  return null;
}

function insertion(text: string, index: number, head: string, lineBreak: string): Splice {
  const start = startOf(text, index);
  const needsBreak = start < text.length ? lineBreak || lineBreakOf(text) : lineBreak;
  return { start, end: start, insert: head + needsBreak };
}

/** The line's own break where the file still uses what it used then; else what it uses today. "" stood at the end of the file. */
function breakFor(text: string, { lineBreak, fileBreak }: Removed): string {
  const today = lineBreakOf(text);
  return lineBreak === "" || (fileBreak ?? lineBreak) === today ? lineBreak : today;
}

/** Each place that is tried means reading the file once. */
const MOST_PLACES = 3;

/** Lines that bear the comment's fingerprint, best neighbours first. */
function placesOfComment(lines: string[], { comment, place }: Removed): number[] {
  const own = lines.flatMap((line, index) => (fingerprint(bare(line)) === comment ? [index] : []));
  return byNeighbours(lines, own, place, 1).slice(0, MOST_PLACES);
}

/** Gaps of which at least one neighbour is the old one, best first. */
function placesBetween(lines: string[], { place }: Removed): number[] {
  const gaps = lines.map((_, index) => index);
  return byNeighbours(lines, gaps, place, 0).slice(0, MOST_PLACES);
}

function byNeighbours(lines: string[], indexes: number[], place: Removed["place"], width: 0 | 1): number[] {
  const prints = lines.map((line) => fingerprint(line));
  const score = (index: number): number => {
    const previous = (prints[index - 1] ?? null) === place.previous;
    return Number(previous) + Number((prints[index + width] ?? null) === place.next);
  };
  const found = indexes.map((index) => ({ index, hits: score(index), far: Math.abs(index + 1 - place.line) }));
  const kept = width === 1 ? found : found.filter(({ hits }) => hits > 0);
  return kept.sort((a, b) => b.hits - a.hits || a.far - b.far).map(({ index }) => index);
}

function bare(line: string): string {
  return line.startsWith("\ufeff") ? line.slice(1) : line;
}

/** Offset of a line by its 0-based index, behind a byte order mark. */
function startOf(text: string, index: number): number {
  let start = 0;
  for (let line = 0; line < index; line += 1) start = text.indexOf("\n", start) + 1;
  return lineAround(text, start).lineStart;
}
