// Which processes run and what each was started with: from /proc where there is one, else from ps and lsof.
// Source: contract §5.
import { access, readdir, readFile, readlink } from "node:fs/promises";
import { execa } from "execa";
import { parseEnvironment, parseProcessTable, splitCommand } from "../core/ps-output.ts";
import type { ProcessInfo } from "../core/provider-family.ts";

/** What a process needs to be started again as it was; null where it cannot be read. */
export interface Surroundings {
  /** Word by word; without /proc put together from ps, which separates words by spaces only. */
  argv: string[];
  cwd: string | null;
  env: Record<string, string> | null;
}

/** All living processes (zombies are dead). @throws Error if neither /proc nor ps answers */
export async function listProcesses(): Promise<ProcessInfo[]> {
  const fromProc = await readProcFolder();
  if (fromProc !== null) return fromProc;
  return Promise.all(parseProcessTable(await ps(["-axww", "-o", PS_COLUMNS])).map(withWholePaths));
}

/** What is needed to start a process again as it was. */
export async function readSurroundings(process: ProcessInfo): Promise<Surroundings> {
  return (await readBootId()) === null ? surroundingsFromPs(process) : surroundingsFromProc(process);
}

const PS_COLUMNS = "pid=,ppid=,pgid=,uid=,stat=,lstart=,command=";

/** "~/Library/Application Support/…/macprovider-cli serve" comes from ps in pieces; only providers are worth the look at files. */
async function withWholePaths(process: ProcessInfo): Promise<ProcessInfo> {
  const line = process.argv.join(" ");
  const matters = /macprovider-cli|malibu-cli|mlx_lm/.test(line);
  return matters ? { ...process, argv: await splitCommand(line, isThere) } : process;
}

/** The start time is counted in ticks since boot, so the boot belongs to it; spelled as in process-identity.ts. */
async function readBootId(): Promise<string | null> {
  const text = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => null);
  return text === null ? null : text.trim();
}

/** Processes read at a time: all at once would exceed the usual limit of 1024 open files with a few hundred processes. */
const AT_ONCE = 64;

async function readProcFolder(): Promise<ProcessInfo[] | null> {
  const bootId = await readBootId();
  if (bootId === null) return null;
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
    const argv = (commandLine ?? "").replace(/\0$/, "").split("\0");
    const start = `${bootId}:${fields[19]}`;
    return { pid, ppid: Number(ppid), pgid: Number(pgid), uid: Number(uid), start, argv: argv[0] === "" ? [] : argv };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function surroundingsFromProc({ pid, argv }: ProcessInfo): Promise<Surroundings> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => null);
  const pairs = (text ?? "").split("\0").filter((pair) => pair.indexOf("=") > 0);
  const env = pairs.map((pair): [string, string] => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]);
  return { argv, cwd, env: text === null ? null : Object.fromEntries(env) };
}

async function surroundingsFromPs({ pid }: ProcessInfo): Promise<Surroundings> {
  const [command, withEnv, files] = await Promise.all([
    ps(["-ww", "-o", "command=", "-p", String(pid)]),
    ps(["-Eww", "-o", "command=", "-p", String(pid)]),
    run("lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"]),
  ]);
  const line = command.trimEnd();
  return {
    argv: await splitCommand(line, isThere),
    cwd: /^n(\/.*)$/m.exec(files ?? "")?.[1] ?? null,
    env: parseEnvironment(line, withEnv.trimEnd()),
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ESRCH";
}

/** ps prints times in the zone and language of its environment; both are fixed, so that a start time compares as text. */
async function ps(words: string[]): Promise<string> {
  const text = await run("ps", words);
  if (text === null) throw new Error("ps is not on PATH");
  return text;
}

/** @returns null if PATH has no such program */
async function run(program: string, words: string[]): Promise<string | null> {
  const result = await execa(program, words, {
    env: { LC_ALL: "C", TZ: "UTC" },
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
    stripFinalNewline: false,
  });
  return result.code === "ENOENT" ? null : result.stdout;
}
