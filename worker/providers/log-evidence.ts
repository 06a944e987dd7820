// What the last log lines of a dead provider prove: lack of memory, wrong files, or just their last word.
// Source: contract §4 (load failures) and §6 (integrity).

/** Lines that only a failed allocation writes: Metal's, malloc's, C++'s, Python's and NumPy's. */
const MEMORY_LINES = [
  /\bMemoryError\b/,
  /std::bad_alloc/,
  /Unable to allocate/i,
  /cannot allocate memory/i,
  /\bout of memory\b/i,
  /insufficient memory/i,
  /\[(metal::)?malloc[^\]]*\]/i,
  /malloc.{0,40}(fail|can't allocate)/i,
  /metal.{0,60}(failed to allocate|allocation)/i,
  /attempting to allocate \d+ bytes/i,
  /kIOGPUCommandBufferCallbackErrorOutOfMemory/,
];

const INTEGRITY_LINES = [
  /\b(signature|hash|checksum|sha-?256|digest)\b.{0,60}\b(mismatch|mismatched|does not match|do not match|invalid|failed)/i,
  /\b(mismatch\w*|invalid|bad)\b.{0,20}\b(signature|hash|checksum|sha-?256|digest)\b/i,
  /\[load_safetensors\].{0,40}invalid/i,
  /SafetensorError/,
];

const REASON_LIMIT_CHARS = 300;

/** @returns the first line that shows an allocation failing, or null */
export function memoryEvidence(logTail: string): string | null {
  return firstMatch(logTail, MEMORY_LINES);
}

/** @returns the first line that reports files with wrong content, or null */
export function integrityEvidence(logTail: string): string | null {
  return firstMatch(logTail, INTEGRITY_LINES);
}

/** @returns the last line with text, cut to 300 characters; null if there is none */
export function lastWords(logTail: string): string | null {
  return shorten(logTail.split("\n").findLast((line) => line.trim() !== "")) ?? null;
}

/** Name an end: "exit 137", "SIGKILL", or "still running" while the process lives. */
export function endText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return signal;
  return code === null ? "still running" : `exit ${code}`;
}

function firstMatch(logTail: string, patterns: RegExp[]): string | null {
  const line = logTail.split("\n").find((candidate) => patterns.some((pattern) => pattern.test(candidate)));
  return shorten(line) ?? null;
}

function shorten(line: string | undefined): string | undefined {
  return line?.trim().slice(0, REASON_LIMIT_CHARS);
}
