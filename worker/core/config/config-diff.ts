// What a change of a config file comes to, line by line with its context, secrets masked. As text: diff-text.ts.
// Source: contract §12 (shown before it is done: a diff).
import { maskedLines } from "./config-secrets.ts";
import type { ConfigDiff, DiffLine, Hunk } from "../text/diff-text.ts";

/** Compare two texts line by line, with three lines of context. No hunks: they are the same. */
export function diffConfig(path: string, before: string, after: string): ConfigDiff {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const shown = { "-": maskedLines(before), "+": maskedLines(after) };
  const steps = compare(old, fresh);
  const text = (step: Step): DiffLine => {
    const raw = step.kind === "+" ? fresh[step.new] : old[step.old];
    const masked = step.kind === "+" ? shown["+"][step.new] : shown["-"][step.old];
    return { kind: step.kind, text: masked ?? "", ended: raw?.endsWith("\n") === true };
  };
  return { path, hunks: hunkRanges(steps).map((range) => toHunk(range, text)) };
}

/** Lines with their line breaks, so that a changed line break is a change. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `old` and `new` are the 0-based line reached on each side. */
interface Step {
  kind: " " | "-" | "+";
  old: number;
  new: number;
}

/** Walk both sides; where they part, take the nearest lines at which they meet again. Not always the shortest diff, always a true one. */
function compare(old: string[], fresh: string[]): Step[] {
  const steps: Step[] = [];
  for (let i = 0, j = 0; i < old.length || j < fresh.length;) {
    if (i < old.length && old[i] === fresh[j]) {
      steps.push({ kind: " ", old: i++, new: j++ });
      continue;
    }
    const { removed, added } = nextMeeting(old, fresh, i, j);
    for (let count = 0; count < removed; count += 1) steps.push({ kind: "-", old: i++, new: j });
    for (let count = 0; count < added; count += 1) steps.push({ kind: "+", old: i, new: j++ });
  }
  return steps;
}

// An apply changes at most four lines; beyond this the rest is shown as replaced, which bounds the time on files of any kind.
const MAX_LOOKAHEAD = 1000;

function nextMeeting(old: string[], fresh: string[], i: number, j: number): { removed: number; added: number } {
  const rest = { removed: old.length - i, added: fresh.length - j };
  for (let distance = 1; distance <= Math.min(rest.removed + rest.added, MAX_LOOKAHEAD); distance += 1)
    for (let removed = Math.min(distance, rest.removed); removed >= Math.max(0, distance - rest.added); removed -= 1) {
      const added = distance - removed;
      if (i + removed < old.length && old[i + removed] === fresh[j + added]) return { removed, added };
    }
  return rest;
}

const CONTEXT_LINES = 3;

/** Changes with their context, overlapping ones as one. */
function hunkRanges(steps: Step[]): Step[][] {
  const ranges: [from: number, to: number][] = [];
  steps.forEach(({ kind }, index) => {
    if (kind === " ") return;
    const last = ranges.at(-1);
    if (last && index - CONTEXT_LINES <= last[1]) last[1] = index + CONTEXT_LINES + 1;
    else ranges.push([Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1]);
  });
  return ranges.map(([from, to]) => steps.slice(from, to));
}

function toHunk(steps: Step[], text: (step: Step) => DiffLine): Hunk {
  const oldLines = steps.filter(({ kind }) => kind !== "+").length;
  const newLines = steps.filter(({ kind }) => kind !== "-").length;
  const [first] = steps;
  return {
    oldStart: (first?.old ?? 0) + (oldLines > 0 ? 1 : 0),
    oldLines,
    newStart: (first?.new ?? 0) + (newLines > 0 ? 1 : 0),
    newLines,
    lines: steps.map(text),
  };
}
