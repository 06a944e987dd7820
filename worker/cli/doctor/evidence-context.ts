// What the probes of `doctor --evidence` share: how they ask, and what one finds that another needs.
// Source: contract §15 (doctor).
import { join } from "node:path";
import type { Check, DoctorReport } from "../../core/result/check.ts";
import { errorText, RunStopped } from "../../core/errors.ts";
import type { Finding, Said } from "../../core/secrets/evidence.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { secretsIn } from "../../core/secrets/planted-secrets.ts";
import type { ProcessInfo } from "../../core/live/provider-family.ts";
import { parseProcessTable } from "../../core/live/ps-output.ts";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { askFile } from "../../platform/files/ask-file.ts";
import { askProgram } from "../../platform/processes/ask-program.ts";
import { readPlistFolder, type Plist } from "../../platform/launchd/plist.ts";
import { checkMachine } from "./doctor-machine.ts";
import type { Io } from "../command/io.ts";

export interface ProbeContext {
  io: Io;
  inputs: Inputs;
  uid: number;
  ask: (argv: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Said>;
  readFile: (path: string) => Promise<Said>;
  /** Secrets in all that was said so far, also in what is not shown. */
  secrets: ReadonlySet<string>;
  /** The process table as ps prints it, asked once. */
  processTable: () => Promise<Said>;
  processes: () => Promise<ProcessInfo[]>;
  agents: () => Promise<{ folders: AgentFolder[]; notes: string[] }>;
  /** Doctor's whole report. */
  diagnose: () => Promise<DoctorReport>;
  /** What doctor says of the machine, by the check's id. */
  machineCheck: (id: Check["id"]) => Promise<Check | null>;
}

export interface AgentFolder {
  path: string;
  daemon: boolean;
  plists: Plist[];
  notes: string[];
}

/** Ask what one probe asks, in as many questions as it takes. */
export type Look = (context: ProbeContext) => Promise<Finding[]>;

export const PS_COLUMNS = "pid=,ppid=,pgid=,uid=,stat=,lstart=,command=";

/** @param diagnose doctor with the same settings */
export function probeContext(io: Io, inputs: Inputs, diagnose: () => Promise<DoctorReport>): ProbeContext {
  const secrets = new Set<string>();
  const heard = (said: Said): Said => {
    for (const secret of secretsIn(said.text)) secrets.add(secret);
    return said;
  };
  const ask: ProbeContext["ask"] = async (argv, env = io.env) =>
    heard(await askProgram(argv, { env, signal: io.signal }));
  const processTable = once(() => ask(["ps", "-axww", "-o", PS_COLUMNS], toolEnvironment(io.env)));
  const machine = once(() => checkMachine(io));
  return {
    io,
    inputs,
    uid: process.getuid?.() ?? 0,
    ask,
    readFile: async (path) => heard(await askFile(path)),
    secrets,
    processTable,
    processes: once(async () => processesIn((await processTable()).text)),
    agents: once(() => readAgentFolders(io)),
    diagnose,
    machineCheck: async (id) => (await machine()).find((one) => one.id === id) ?? null,
  };
}

/** What cannot be read is told by the probe of the table itself. */
function processesIn(text: string): ProcessInfo[] {
  try {
    return parseProcessTable(text);
  } catch {
    return [];
  }
}

async function readAgentFolders(io: Io) {
  const places = [
    { path: join(io.homeDir, "Library", "LaunchAgents"), daemon: false },
    { path: "/Library/LaunchAgents", daemon: false },
    { path: "/Library/LaunchDaemons", daemon: true },
  ];
  const folders = await Promise.all(
    places.map(async (place) => ({ ...place, ...(await readPlistFolder(place.path, io.env)) })),
  );
  return { folders, notes: folders.flatMap((folder) => folder.notes) };
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => (found ??= look());
}

/** Ask a program and read its answer; a reading that fails is shown as such. */
export async function asked(
  context: ProbeContext,
  argv: readonly string[],
  read: (said: Said) => unknown,
  env?: NodeJS.ProcessEnv,
): Promise<Finding> {
  const said = await context.ask(argv, env);
  return { asked: argv.join(" "), said, read: await reading(() => read(said)) };
}

/** @returns what was read, or why it could not be */
export async function reading(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RunStopped) throw error;
    return { "could not be read": errorText(error) };
  }
}

/** Something that is no answer of a program or file. */
export const noted = (text: string, outcome: Said["outcome"] = "answered"): Said => ({
  outcome,
  code: null,
  text,
  diagnostics: "",
});
