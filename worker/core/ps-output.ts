// Reading what ps prints where there is no /proc (macOS). ps separates words by spaces only, so argv and environment are put
// together again as well as that allows. Source: contract §5; ps(1).
import type { ProcessInfo } from "./provider-family.ts";

/** Read `ps -o pid=,ppid=,pgid=,uid=,stat=,lstart=,command=` made with LC_ALL=C and TZ=UTC; zombies are left out. */
export function parseProcessTable(text: string): ProcessInfo[] {
  const processes: ProcessInfo[] = [];
  for (const line of text.split("\n")) {
    const match = ROW.exec(line);
    if (match === null || (match[5] ?? "").startsWith("Z")) continue;
    const [pid, ppid, pgid, uid] = match.slice(1, 5).map(Number) as [number, number, number, number];
    const start = (match[6] ?? "").replaceAll(/\s+/g, " ");
    processes.push({ pid, ppid, pgid, uid, start, argv: wordsOf(match[7] ?? "") });
  }
  return processes;
}

const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;

/**
 * The words of a command line from ps. A word that starts like a path but is none, and becomes one with the words after
 * it, was cut at its own spaces ("/Users/me/My Models/x").
 */
export async function splitCommand(line: string, exists: (path: string) => Promise<boolean>): Promise<string[]> {
  const words = line.split(" ");
  const argv: string[] = [];
  for (let i = 0; i < words.length;) {
    const length = await pathLength(words.slice(i), exists);
    const word = words.slice(i, i + length).join(" ");
    if (word !== "") argv.push(word);
    i += length;
  }
  return argv;
}

/** Words a path with spaces may be cut into; more is not tried. */
const LONGEST_PATH_WORDS = 8;

async function pathLength(words: string[], exists: (path: string) => Promise<boolean>): Promise<number> {
  if (words[0]?.startsWith("/") !== true || (await exists(words[0]))) return 1;
  for (let length = 2; length <= Math.min(words.length, LONGEST_PATH_WORDS); length++)
    if (await exists(words.slice(0, length).join(" "))) return length;
  return 1;
}

/**
 * The environment that `ps -E` prints after the command.
 * @returns null if it prints none (a protected program, or another user's)
 */
export function parseEnvironment(command: string, commandAndEnv: string): Record<string, string> | null {
  const rest = commandAndEnv.startsWith(`${command} `) ? commandAndEnv.slice(command.length + 1) : "";
  const pairs = rest.split(/ (?=[A-Za-z_]\w*=)/).map((pair) => /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair));
  const entries = pairs.flatMap((match): [string, string][] =>
    match?.[1] === undefined ? [] : [[match[1], match[2] ?? ""]],
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function wordsOf(command: string): string[] {
  return command.split(/\s+/).filter((word) => word !== "");
}
