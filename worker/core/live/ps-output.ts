// Reading what ps prints where there is no /proc (macOS). A list that is cut or cannot be read is no list: nobody may be missing
// from it. Its words are put together in command-line.ts. Source: contract §5; ps(1).
import type { ProcessInfo } from "./provider-family.ts";
import { mentionsServer } from "./server-commands.ts";

/**
 * Read `ps -o pid=,ppid=,pgid=,uid=,stat=,lstart=,command=` made in the environment of tool-environment.ts; zombies are left out.
 * @returns argv as the line's pieces between spaces, so that joined with spaces they are the line again
 * @throws Error if the text is cut, or a line that may be a server's cannot be read
 */
export function parseProcessTable(text: string): ProcessInfo[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the process list is cut off in the middle of a line");
  const processes: ProcessInfo[] = [];
  for (const line of lines) {
    const match = ROW.exec(line);
    if (match === null && mentionsServer(line))
      throw new Error(`a line of the process list cannot be read: ${JSON.stringify(line.slice(0, 80))}`);
    if (match === null || (match[5] ?? "").startsWith("Z")) continue;
    const [pid, ppid, pgid, uid] = match.slice(1, 5).map(Number) as [number, number, number, number];
    const start = (match[6] ?? "").replaceAll(/\s+/g, " ");
    processes.push({ pid, ppid, pgid, uid, start, argv: commandOf(match[7] ?? "", match[5] ?? "").split(" ") });
  }
  return processes;
}

/** nobody's uid is -2. */
const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;

/** "(name)" stands where the arguments cannot be read. A process that is ending (E) has none any more; any other one lives. */
function commandOf(command: string, state: string): string {
  const name = /^\((.+)\)$/.exec(command)?.[1];
  return name === undefined || state.includes("E") ? command : name;
}

/**
 * The environment that `ps -E` prints after the command. A value with a space and then what looks like a name falls apart:
 * only for where the words themselves cannot be had.
 * @returns null if it prints none (a protected program, or another user's)
 */
export function parseEnvironment(command: string, commandAndEnv: string): Record<string, string> | null {
  const rest = commandAndEnv.startsWith(`${command} `) ? commandAndEnv.slice(command.length + 1) : "";
  const entries = rest.split(VARIABLE_STARTS).flatMap((pair): [string, string][] => {
    const at = pair.indexOf("=");
    return at < 1 ? [] : [[pair.slice(0, at), unescaped(pair.slice(at + 1))]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** A shell function that bash exports is called BASH_FUNC_name%%. */
const VARIABLE_STARTS = / (?=[A-Za-z_]\w*(?:%%|\(\))?=)/;

function unescaped(value: string): string {
  return value.replaceAll("\\012", "\n").replaceAll("\\011", "\t");
}
