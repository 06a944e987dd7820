// What the last log lines of a dead provider prove, in the words of its description, or just their last error.
// Source: contract §4 (load failures) and §6 (integrity).
import { errorWords } from "../core/measure/log-words.ts";
import type { Failure, FailureWord } from "./failure-words.ts";

export interface Evidence {
  failure: Failure;
  /** The line that proves it. */
  line: string;
}

/** What counts before what, where a log proves several: what explains the others comes first. */
const ORDER: readonly Failure[] = ["damage", "memory", "program", "port", "architecture", "missing"];

const REASON_LIMIT_CHARS = 300;
/** Longest line that is looked at, characters: what a server has to say stands at its beginning. */
const LINE_LIMIT_CHARS = 4_000;

/** @returns the first line that proves the weightiest failure, or null */
export function evidenceIn(logTail: string, words: readonly FailureWord[]): Evidence | null {
  const lines = logTail.split("\n").filter((line) => line.trim() !== "");
  const found = lines.flatMap((line) => evidenceOf(line.slice(0, LINE_LIMIT_CHARS), words) ?? []);
  const failure = ORDER.find((one) => found.some((evidence) => evidence.failure === one));
  return found.find((evidence) => evidence.failure === failure) ?? null;
}

/** A line about the program itself proves nothing of the model, whatever other words it holds. */
function evidenceOf(line: string, words: readonly FailureWord[]): Evidence | null {
  const said = words.filter(({ pattern }) => pattern.test(line)).map(({ failure }) => failure);
  if (said.includes("unrelated")) return null;
  const failure = said.includes("program") ? "program" : ORDER.find((one) => said.includes(one));
  return failure === undefined ? null : { failure, line: shorten(line) };
}

/** Add what follows from the evidence for whoever reads it. */
export function evidenceText({ failure, line }: Evidence): string {
  return failure === "program" ? `${line} (the server's installation is broken, not the model: install it anew)` : line;
}

/** @returns the last error that a log tells of, else its last line with text, at most 300 characters; null if there is none */
export function lastWords(logTail: string): string | null {
  const line = logTail.split("\n").findLast((one) => one.trim() !== "");
  return errorWords(logTail) ?? (line === undefined ? null : shorten(line));
}

/** Name an end: "exit 137", "SIGKILL", or "still running" while the process lives. */
export function endText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return signal;
  return code === null ? "still running" : `exit ${code}`;
}

function shorten(line: string): string {
  return line.trim().slice(0, REASON_LIMIT_CHARS);
}
