// Which processes run and what each was started with: from /proc on Linux, else from the tools that every Mac has.
import { access } from "node:fs/promises";
import { execa } from "execa";
import { asPsPrints, type ReadCommand, readCommandLine } from "../../core/live/command-line.ts";
import { AutotuneError } from "../../core/errors.ts";
import { parseCwd } from "../../core/live/listener-output.ts";
import { parseProcArgs, type ProcArgs, PROCARGS_PERL } from "../../core/live/procargs.ts";
import type { ProcessInfo } from "../../core/live/provider-family.ts";
import { parseEnvironment, parseProcessTable } from "../../core/live/ps-output.ts";
import { mentionsServer } from "../../core/live/server-commands.ts";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { interruptible } from "../../interruptible.ts";
import { procMemory, procSurroundings, readProcFolder } from "./proc-folder.ts";
import { askTool } from "./system-tool.ts";

/** Where the facts come from; this machine and environment by default. */
export interface ProcessSource {
  platform?: NodeJS.Platform;
  env?: NodeJS.ProcessEnv;
  /** s that one tool may take; for tests. */
  limitS?: number | undefined;
  /** Ends the waiting for a tool. */
  signal?: AbortSignal | undefined;
}

/** What a process needs to be started again as it was; null where it cannot be read. */
export interface Surroundings extends ReadCommand {
  cwd: string | null;
  env: Record<string, string> | null;
}

/**
 * All living processes (zombies are dead).
 * @throws AutotuneError provider_conflict if they cannot be listed: an empty list would mean that nobody serves; the signal's reason
 */
export async function listProcesses(source: ProcessSource = {}): Promise<ProcessInfo[]> {
  const { platform = process.platform } = source;
  if (platform === "linux") return readProcFolder();
  const listed = table(await ps(["-axww", "-o", PS_COLUMNS], source));
  if (!listed.some(({ pid }) => pid === process.pid)) throw unreadable("this very process is missing from ps's list");
  return Promise.all(listed.map(withWholeWords));
}

/** As `listProcesses`, for who can do without. @returns null if they cannot be listed */
export async function tryListProcesses(source: ProcessSource = {}): Promise<ProcessInfo[] | null> {
  return listProcesses(source).catch((error: unknown) => {
    if (error instanceof AutotuneError) return null;
    throw error;
  });
}

/** What is needed to start a process again as it was; argv [] if it is gone. @throws AutotuneError provider_conflict */
export async function readSurroundings(process: ProcessInfo, source: ProcessSource = {}): Promise<Surroundings> {
  const { platform = globalThis.process.platform } = source;
  const around =
    platform === "linux" ? await procSurroundings(process.pid) : await toolSurroundings(process.pid, source);
  const folderDoubt = around.cwd === null ? "its working folder cannot be read" : null;
  return { ...around, doubt: around.doubt ?? folderDoubt };
}

/** Resident memory of processes, bytes by pid; those that are gone are left out. @throws AutotuneError provider_conflict */
export async function residentBytes(pids: readonly number[], source: ProcessSource = {}): Promise<Map<number, number>> {
  const { platform = process.platform } = source;
  if (pids.length === 0) return new Map();
  if (platform === "linux") return procMemory(pids);
  const rows = (await ps(["-o", "pid=,rss=", "-p", pids.join(",")], source)).matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm);
  return new Map([...rows].map(([, pid, kib]) => [Number(pid), Number(kib) * 1024]));
}

/** The command comes last: ps cuts every other column at its width. */
const PS_COLUMNS = "pid=,ppid=,pgid=,uid=,stat=,lstart=,command=";

function table(text: string): ProcessInfo[] {
  try {
    return parseProcessTable(text);
  } catch (error) {
    throw unreadable((error as Error).message);
  }
}

function unreadable(why: string): AutotuneError {
  return new AutotuneError("provider_conflict", `what runs on this machine cannot be told: ${why}`, {
    remedy: "Try again; if it stays like this, report the output of `ps -axww`.",
  });
}

/** "~/Library/Application Support/…/macprovider-cli serve" comes from ps in pieces; only servers are worth the look at files. */
async function withWholeWords(process: ProcessInfo): Promise<ProcessInfo> {
  const line = process.argv.join(" ");
  return mentionsServer(line) ? { ...process, argv: (await readCommandLine(line, isThere)).argv } : process;
}

async function toolSurroundings(pid: number, source: ProcessSource): Promise<Surroundings> {
  const [command, withEnv, files, kept] = await Promise.all([
    ps(["-ww", "-o", "command=", "-p", String(pid)], source),
    ps(["-Eww", "-o", "command=", "-p", String(pid)], source),
    ask("lsof", ["-w", "-a", "-p", String(pid), "-d", "cwd", "-Fn"], source),
    readProcArgs(pid, source),
  ]);
  const line = command.replace(/\n$/, "");
  const cwd = parseCwd(files);
  if (line === "") return { argv: [], doubt: "it has ended", cwd, env: null };
  // Only what gives the very line of ps is believed.
  if (kept !== null && asPsPrints(kept.argv) === line)
    return { argv: kept.argv, doubt: null, cwd, env: Object.keys(kept.env).length === 0 ? null : kept.env };
  const env = parseEnvironment(line, withEnv.replace(/\n$/, ""));
  return { ...(await readCommandLine(line, isThere)), cwd, env };
}

/** ms; it makes one system call. */
const PERL_LIMIT_MS = 5_000;

/** @returns null wherever the kernel's own copy cannot be had: the words of ps are then put together */
async function readProcArgs(pid: number, { env = process.env, signal }: ProcessSource): Promise<ProcArgs | null> {
  signal?.throwIfAborted();
  const call = execa("perl", ["-e", PROCARGS_PERL, String(pid)], {
    env: toolEnvironment(env),
    extendEnv: false,
    encoding: "buffer",
    reject: false,
    stdin: "ignore",
    timeout: PERL_LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 4_000_000,
    stripFinalNewline: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  const result = await interruptible(call, signal);
  return result.failed ? null : parseProcArgs(result.stdout);
}

/** ms; a file on a volume that does not answer is not there. */
const LOOK_LIMIT_MS = 2_000;

function isThere(path: string): Promise<boolean> {
  const looked = access(path).then(
    () => true,
    () => false,
  );
  return Promise.race([looked, new Promise<boolean>((resolve) => setTimeout(resolve, LOOK_LIMIT_MS, false).unref())]);
}

const ps = (words: string[], source: ProcessSource): Promise<string> => ask("ps", words, source);

function ask(tool: "ps" | "lsof", words: string[], source: ProcessSource): Promise<string> {
  const { env = process.env, limitS, signal } = source;
  return askTool(tool, words, { env, limitS, signal });
}
