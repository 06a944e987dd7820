// Putting a command line together again that ps has joined with spaces: which words were one argument, and where that cannot be told.
// Source: ps(1), vis(3); contract §5 (a foreground provider is started again as it was).
import { otherServerOf, servedBy } from "./provider-argv.ts";

/** Words of a process, as good as they can be told. */
export interface ReadCommand {
  argv: string[];
  /** Why `argv` may not be what it was started with; null if it is. */
  doubt: string | null;
}

export type Exists = (path: string) => Promise<boolean>;

/** Words that the program, its interpreter and their own options may take; what goes on longer is no server. */
const LONGEST_HEAD = 24;
/** Words a path with spaces may be cut into; more is not tried. */
const LONGEST_PATH_WORDS = 8;

/**
 * Cut the command line of a server: its program first, then its subcommand, then options with one value at most.
 * A line that is none of a server's is only cut at its spaces.
 */
export async function readCommandLine(line: string, exists: Exists): Promise<ReadCommand> {
  const words = line.split(" ");
  const head = await readHead(words, exists);
  if (head === null) return { argv: words.filter((word) => word !== ""), doubt: null };
  const tail = await readTail(words.slice(head.length), exists);
  return { argv: [...head.argv, ...tail.argv], doubt: escapeDoubt(line) ?? head.doubt ?? tail.doubt };
}

/** @returns null if no server is called */
async function readHead(words: readonly string[], exists: Exists): Promise<(ReadCommand & { length: number }) | null> {
  const argv: string[] = [];
  let doubt: string | null = null;
  for (let at = 0; at < Math.min(words.length, LONGEST_HEAD);) {
    const path = await pathAt(words, at, exists);
    argv.push(words.slice(at, at + path.length).join(" "));
    at += path.length;
    doubt ??= path.sure ? null : `where the path "${words[at - path.length]} …" ends cannot be told`;
    if (isServer(argv)) return { argv, doubt, length: at };
  }
  return null;
}

const isServer = (argv: readonly string[]): boolean => servedBy(argv) !== null || otherServerOf(argv) !== null;

/**
 * A word that starts like a path but is none, and becomes one with the words after it, was cut at its own spaces
 * ("/Users/me/My Models/x"). A path that cannot be looked at still ends where a server's name does.
 */
async function pathAt(
  words: readonly string[],
  at: number,
  exists: Exists,
): Promise<{ length: number; sure: boolean }> {
  const first = words[at] ?? "";
  if (!first.startsWith("/") || (await exists(first))) return { length: 1, sure: true };
  let named = 0;
  for (let length = 2; length <= Math.min(words.length - at, LONGEST_PATH_WORDS); length++) {
    const last = words[at + length - 1] ?? "";
    if (last.startsWith("/") || last.startsWith("-")) break;
    const path = words.slice(at, at + length).join(" ");
    if (await exists(path)) return { length, sure: true };
    if (named === 0 && last.includes("/") && isServer([path])) named = length;
  }
  return named > 0 ? { length: named, sure: false } : { length: 1, sure: true };
}

const OPTION = /^--[A-Za-z]/;

/** Options up to the next one, each with one value at most; what stands before the first is cut at its spaces. */
async function readTail(words: readonly string[], exists: Exists): Promise<ReadCommand> {
  const argv: string[] = [];
  let doubt: string | null = null;
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? "";
    let end = at + 1;
    while (end < words.length && OPTION.test(word) && !OPTION.test(words[end] ?? "")) end++;
    const value = end === at + 1 ? null : words.slice(at + 1, end).join(" ");
    const assigned = OPTION.test(word) ? word.indexOf("=") : -1;
    if (value === null) argv.push(word);
    else if (assigned < 0) argv.push(word, value);
    else argv.push(`${word} ${value}`);
    const text = assigned < 0 ? value : [word.slice(assigned + 1), ...(value === null ? [] : [value])].join(" ");
    if (text !== null && !(await isWhole(text, exists)))
      doubt ??= `ps joins arguments with spaces, and where the value of ${word.split("=", 1)[0]} ends cannot be told`;
    at = end;
  }
  return { argv, doubt };
}

/** One word is one value; several are one if they say so themselves: a path that is there, or JSON. */
async function isWhole(value: string, exists: Exists): Promise<boolean> {
  if (/^[[{"]/.test(value)) return isJson(value);
  return !value.includes(" ") || (value.startsWith("/") && (await exists(value)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // a template or a cut value
  }
}

/** ps prints a newline as \012 and other control characters as ^A, and the same characters of an argument as they are. */
function escapeDoubt(line: string): string | null {
  return /\\[0-3][0-7]{2}|\^[@-_?]/.test(line)
    ? "ps shows control characters in its arguments in a way that others share"
    : null;
}

/** The line that ps prints for these arguments, where it prints every other character as it is. */
export function asPsPrints(argv: readonly string[]): string {
  return argv.join(" ").replaceAll(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    if (control === "\n" || control === "\t") return `\\0${code.toString(8).padStart(2, "0")}`;
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : control;
  });
}

/**
 * The arguments of a line of ps, where it is known what was started: what launchd's `print` or a plist lists. A script's
 * interpreter stands before them.
 * @returns null if none of them gives this line
 */
export function knownArgv(line: string, known: readonly (readonly string[])[]): string[] | null {
  for (const argv of known) {
    const text = asPsPrints(argv);
    if (argv.length === 0 || !line.endsWith(text)) continue;
    const before = line.slice(0, -text.length);
    if (before === "") return [...argv];
    if (before.endsWith(" ") && text.startsWith("/")) return [...before.slice(0, -1).split(" "), ...argv];
  }
  return null;
}

/**
 * Read /proc/<pid>/cmdline. A program that sets its own title leaves that in place of its arguments, often as one word, and
 * fills up with NUL.
 */
export function readProcCommandLine(text: string): ReadCommand {
  if (text === "") return { argv: [], doubt: null };
  const words = (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
  let length = words.length;
  while (length > 0 && words[length - 1] === "") length--;
  const filled = words.length - length;
  const isEmptyValue = filled === 1 && OPTION.test(words[length - 1] ?? "");
  const isTitle = (filled > 0 && !isEmptyValue) || (words.length === 1 && /\S \S/.test(text) && !isServer(words));
  if (!isTitle) return { argv: words, doubt: null };
  const kept = words.slice(0, length);
  return {
    argv: kept.length === 1 ? (kept[0] ?? "").split(" ") : kept,
    doubt: "it has put a title in place of its arguments",
  };
}
