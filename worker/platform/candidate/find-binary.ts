// Where a provider's program is, which version it is and what its help says. Order: --provider-bin, PATH, usual places.
// Source: contract §3 (--provider-bin) and §4.
import { execa } from "execa";
import { open, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorText } from "../../core/errors.ts";
import { unlessLost } from "../files/in-time.ts";
import { foldersOfPath, NOT_THERE, notRunnable } from "../processes/programs.ts";
import type { Binary, Provider } from "../../providers/provider.ts";

export interface SearchPlaces {
  /** The program named by the user: nothing else is looked at. null = search. */
  providerBin: string | null;
  /** Environment of the search and of the version and help calls. */
  env: NodeJS.ProcessEnv;
  homeDirectory: string;
  /** argv prefix that starts this worker, e.g. [node, worker]: the simulator is part of it. */
  selfCommand: string[];
  signal?: AbortSignal;
}

/** A place that was looked at, and why no program was found there. */
export interface Tried {
  /** Its path, or its argv prefix. */
  program: string;
  wrong: string;
}

const PROBE_TIMEOUT_MS = 10_000;
/** Enough of a script to hold a `#!` line and the `exec` line that follows it where the path is too long for one. */
const SCRIPT_HEAD_BYTES = 1024;

/**
 * Find the provider's program and ask it for version and help.
 * @returns the program, or every place tried with what was wrong there
 * @throws the signal's reason if it aborts
 */
export async function findBinary(provider: Provider, places: SearchPlaces): Promise<Binary | { tried: Tried[] }> {
  const tried: Tried[] = [];
  for (const command of candidateCommands(provider, places)) {
    const wrong = provider.simulated ? null : await notRunnable(command[0] ?? "", places.signal);
    const outcome = wrong ?? (await askProgram(provider, command, places));
    places.signal?.throwIfAborted();
    if (typeof outcome !== "string") return outcome;
    tried.push({ program: command.join(" "), wrong: outcome });
  }
  return { tried };
}

/**
 * Find the provider's program without asking it anything: to start it as the user would, at once.
 * @returns its argv prefix, or every place tried with what was wrong there
 */
export async function locateProgram(
  provider: Provider,
  places: Omit<SearchPlaces, "signal">,
): Promise<string[] | { tried: Tried[] }> {
  const tried: Tried[] = [];
  for (const command of candidateCommands(provider, places)) {
    const wrong = provider.simulated ? null : await notRunnable(command[0] ?? "");
    if (wrong === null) return command;
    tried.push({ program: command[0] ?? "", wrong });
  }
  return { tried };
}

export const isAbsent = ({ wrong }: Tried): boolean => wrong === NOT_THERE;
export const triedLine = ({ program, wrong }: Tried): string => `${program}: ${wrong}`;

/** Say what was tried, a line each; the many places that a search finds empty share one. */
export function triedText(tried: readonly Tried[]): string {
  const absent = tried.filter(isAbsent).map(({ program }) => program);
  if (absent.length <= 3) return ["Tried:", ...tried.map(triedLine)].join("\n  ");
  const programs = [...new Set(absent.map((path) => basename(path)))].join(", ");
  const folders = [...new Set(absent.map((path) => dirname(path)))].join(", ");
  const others = tried.filter((one) => !isAbsent(one)).map(triedLine);
  return ["Tried:", ...others, `${programs}: not in ${folders}`].join("\n  ");
}

/**
 * Ask the first program that can be run for its version only: quicker than `findBinary` where the help is slow.
 * @returns null if there is no program
 */
export async function programVersion(provider: Provider, places: SearchPlaces): Promise<string | null> {
  const command = await locateProgram(provider, places);
  if ("tried" in command) return null;
  const output = await probeVersion(provider, command, places);
  places.signal?.throwIfAborted();
  return provider.version(output, "");
}

function candidateCommands(provider: Provider, places: SearchPlaces): string[][] {
  if (provider.simulated) return [[...places.selfCommand, ...provider.programs]];
  if (places.providerBin !== null) return [[resolve(expandHome(places.providerBin, places.homeDirectory))]];
  const folders = [
    ...foldersOfPath(places.env),
    ...provider.usualPlaces.map((folder) => expandHome(folder, places.homeDirectory)),
  ];
  const files = provider.programs.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...new Set(files)].map((file) => [file]);
}

function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}

/** @returns the program with its version and help, or why it is of no use */
async function askProgram(provider: Provider, command: string[], places: SearchPlaces): Promise<Binary | string> {
  const help = await probe(provider, [...command, ...provider.helpCommand], places);
  if (help.failure !== null) return help.failure;
  const version = await probeVersion(provider, command, places);
  return { command, version: provider.version(version, help.output), help: help.output };
}

/** A program that does not tell its version is still usable: the text is empty then. */
async function probeVersion(provider: Provider, command: string[], places: SearchPlaces): Promise<string> {
  if (provider.versionCommand !== null) {
    const answer = await probe(provider, [...command, ...provider.versionCommand], places);
    return answer.failure === null ? answer.output : "";
  }
  if (provider.pythonVersionCode === undefined) return "";
  for (const python of await interpreters(command[0] ?? "")) {
    const answer = await probe(provider, [...python, "-c", provider.pythonVersionCode], places);
    if (answer.failure === null) return answer.output;
  }
  return "";
}

interface Answer {
  output: string;
  failure: string | null;
}

async function probe(provider: Provider, argv: string[], places: SearchPlaces): Promise<Answer> {
  const [file = "", ...rest] = argv;
  const timeout = provider.probeTimeoutMs ?? PROBE_TIMEOUT_MS;
  const call = execa(file, rest, {
    env: places.env,
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
    timeout,
    maxBuffer: 1_000_000,
    ...(places.signal === undefined ? {} : { cancelSignal: places.signal }),
  }).catch((error: unknown) => ({ failed: true, timedOut: false, all: "", shortMessage: errorText(error) }));
  const result = await unlessLost(call, timeout);
  const output = result?.all ?? "";
  if (result === null || result.timedOut)
    return { output, failure: `no answer to ${rest.join(" ")} within ${timeout / 1000} s` };
  if (!result.failed) return { output, failure: null };
  return { output, failure: output.trim().split("\n").at(-1) || (result.shortMessage ?? "failed") };
}

/** Python interpreters that may run a script, best first: its own `#!` line, then those beside the file. */
async function interpreters(script: string): Promise<string[][]> {
  const head = await readHead(script);
  const real = await realpath(script).catch(() => script);
  const beside = ["python3", "python"].map((name) => [join(dirname(real), name)]);
  const own = /^#!\s*(\S.*)$/m.exec(head)?.[1]?.trim().split(/\s+/) ?? [];
  // pip writes this second line where the path is too long for `#!` or has spaces in it.
  const long = /^'''exec' "?([^"\n]+?)"? "\$0"/m.exec(head)?.[1];
  const named = [...(long === undefined ? [] : [[long]]), ...(/python/.test(own.join(" ")) ? [own] : [])];
  return [...named, ...beside];
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SCRIPT_HEAD_BYTES), 0, SCRIPT_HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await handle.close();
  }
}
