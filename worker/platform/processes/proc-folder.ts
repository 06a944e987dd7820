// What Linux tells of processes in /proc: who lives, what each was started with, how much memory it holds.
// Source: proc(5); contract §5.
import { readdir, readFile, readlink } from "node:fs/promises";
import { readProcCommandLine, type ReadCommand } from "../../core/live/command-line.ts";
import type { ProcessInfo } from "../../core/live/provider-family.ts";

/** Processes read at a time: all at once would exceed the usual limit of 1024 open files with a few hundred processes. */
const AT_ONCE = 64;

/** All living processes. @throws Error if /proc cannot be read */
export async function readProcFolder(): Promise<ProcessInfo[]> {
  // The start time is counted in ticks since boot, so the boot belongs to it; spelled as in process-identity.ts.
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes: (ProcessInfo | null)[] = [];
  for (let at = 0; at < pids.length; at += AT_ONCE)
    processes.push(...(await Promise.all(pids.slice(at, at + AT_ONCE).map((pid) => readProc(pid, bootId)))));
  return processes.filter((process) => process !== null);
}

async function readProc(pid: number, bootId: string): Promise<ProcessInfo | null> {
  try {
    const [stat, status, commandLine] = await Promise.all(
      ["stat", "status", "cmdline"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8")),
    );
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    const fields = (stat ?? "").slice((stat ?? "").lastIndexOf(")") + 2).split(" ");
    const [state, ppid, pgid] = fields;
    if (state === undefined || state === "Z" || state === "X") return null;
    const uid = /^Uid:\s+(\d+)/m.exec(status ?? "")?.[1];
    const { argv } = readProcCommandLine(commandLine ?? "");
    const start = `${bootId}:${fields[19]}`;
    return { pid, ppid: Number(ppid), pgid: Number(pgid), uid: Number(uid), start, argv: argv[0] === "" ? [] : argv };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Words, folder and environment of one process; argv [] if it is gone. */
export async function procSurroundings(
  pid: number,
): Promise<ReadCommand & { cwd: string | null; env: Record<string, string> | null }> {
  const [cwd, commandLine, environment] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => null),
    readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    readFile(`/proc/${pid}/environ`, "utf8").catch(() => null),
  ]);
  const pairs = (environment ?? "").split("\0").filter((pair) => pair.indexOf("=") > 0);
  const env = pairs.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]);
  const read = readProcCommandLine(commandLine);
  return { ...read, cwd, env: environment === null ? null : Object.fromEntries(env) };
}

/** Resident memory, bytes by pid. */
export async function procMemory(pids: readonly number[]): Promise<Map<number, number>> {
  const found = await Promise.all(
    pids.map(async (pid): Promise<[number, number][]> => {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      return kib === undefined ? [] : [[pid, Number(kib) * 1024]];
    }),
  );
  return new Map(found.flat());
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ESRCH";
}
