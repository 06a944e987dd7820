// What a provider's log says of a request that it did not answer: the last exception or error line. Pure.
// Source: Python's traceback and threading modules; socketserver's "Exception occurred during processing of request".

/** @returns the last error that the text tells of, at most 300 characters; null if it tells of none */
export function errorWords(log: string): string | null {
  const lines = log.split("\n");
  return lastException(lines) ?? shorten(lines.findLast((line) => isErrorLine(line)));
}

/**
 * The end of a thread of Python that nobody catches: the process lives on, what the thread did is done no more.
 * @param thread the thread's function, or what stands in its traceback
 * @returns its exception, or null if no such thread ended
 */
export function threadDeath(log: string, thread: RegExp): string | null {
  const lines = log.split("\n");
  for (const [index, line] of lines.entries()) {
    if (!/^Exception in thread \S/.test(line)) continue;
    const end = exceptionLine(lines, index + 1);
    const traceback = lines.slice(index, end === -1 ? index + LONGEST_TRACEBACK : end);
    if (traceback.some((one) => thread.test(one))) return shorten(lines[end]) ?? "no exception is named";
  }
  return null;
}

const REASON_CHARS = 300;
/** Lines of one traceback. */
const LONGEST_TRACEBACK = 200;
const TRACEBACK = /^Traceback \(most recent call last\):/;
/** The ends of our own requests, which the log of a server calls errors, too. */
const OURS = /^(BrokenPipeError|ConnectionResetError|ConnectionAbortedError)\b/;

function lastException(lines: string[]): string | null {
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    if (!TRACEBACK.test(lines[index] ?? "")) continue;
    const end = exceptionLine(lines, index + 1);
    const words = end === -1 ? null : shorten(lines[end]);
    if (words !== null && !OURS.test(words)) return words;
  }
  return null;
}

/** Where a traceback ends: its first line that is not indented names the exception. */
function exceptionLine(lines: string[], from: number): number {
  const limit = Math.min(lines.length, from + LONGEST_TRACEBACK);
  for (let index = from; index < limit; index += 1) {
    const line = lines[index] ?? "";
    if (line.trim() !== "" && !/^\s/.test(line) && !TRACEBACK.test(line)) return index;
  }
  return -1;
}

/** A line of its own that says error: not an access line, whose path may say anything. */
function isErrorLine(line: string): boolean {
  const start = line.slice(0, REASON_CHARS);
  if (/"(GET|POST|HEAD|OPTIONS) /.test(start) || OURS.test(start.trim())) return false;
  return /\b(error|exception|fatal|panic)\b|\b[A-Z]\w*(Error|Exception):/i.test(start);
}

function shorten(line: string | undefined): string | null {
  const text = line?.trim().slice(0, REASON_CHARS) ?? "";
  return text === "" ? null : text;
}
