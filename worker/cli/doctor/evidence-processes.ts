// Probes of processes and ports: what ps and lsof say, and what is read from it. Of other programs only the name is shown.
import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { readCommandLine } from "../../core/live/command-line.ts";
import type { Finding, Said } from "../../core/secrets/evidence.ts";
import { parseCwd, parseListeners, parseProcNetTcp } from "../../core/live/listener-output.ts";
import { mentionsServer } from "../../core/live/server-commands.ts";
import { servedBy } from "../../core/live/provider-argv.ts";
import type { ProcessInfo } from "../../core/live/provider-family.ts";
import { parseProcArgs, PROCARGS_PERL } from "../../core/live/procargs.ts";
import { parseEnvironment, parseProcessTable } from "../../core/live/ps-output.ts";
import { shownEnvironment, shownPsEnvironment } from "../../core/secrets/shown-environment.ts";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { findListeners } from "../../platform/processes/port-listener.ts";
import { groupOf } from "../../platform/processes/process-group.ts";
import { listProcesses } from "../../platform/processes/processes.ts";
import { processStartTime } from "../../platform/processes/process-identity.ts";
import { asked, type Look, PS_COLUMNS, type ProbeContext, reading } from "./evidence-context.ts";

/** Programs whose command lines are shown as they are. */
export const isOfInterest = (text: string): boolean =>
  /mlx|macprovider|malibu|ollama|lm.?studio|llama|vllm/i.test(text) || mentionsServer(text);
const ROW = /^(\s*(?:-?\d+\s+){4}\S+\s+\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4}\s+)(.*)$/;
/** Rows of other programs that are shown. */
const MOST_OTHERS = 40;

export async function lookAtTable(context: ProbeContext): Promise<Finding[]> {
  const said = await context.processTable();
  const rows = said.text.split("\n").filter((line) => line.trim() !== "");
  const read = await reading(async () => {
    const processes = parseProcessTable(said.text);
    const isUnread = (row: string) => parseProcessTable(`${row}\n`).length === 0;
    return {
      rows: rows.length,
      read: processes.length,
      "not read": rows.filter(isUnread).slice(0, MOST_OTHERS).map(shownRow),
      providers: providersAmong(processes),
      used: existsSync("/proc/self/stat")
        ? "this system's /proc"
        : providersAmong(await listProcesses({ signal: context.io.signal })),
    };
  });
  return [{ asked: `ps -axww -o ${PS_COLUMNS}`, said: { ...said, text: shownRows(rows) }, read }];
}

function providersAmong(processes: ProcessInfo[]) {
  return processes.flatMap((one) => {
    const program = servedBy(one.argv);
    return program === null ? [] : [{ ...one, program }];
  });
}

/** Rows of interest, rows in a form of their own, and some others. */
function shownRows(rows: string[]): string {
  const others = rows.filter((row) => ROW.test(row) && !isOfInterest(row));
  const left = new Set(others.slice(MOST_OTHERS));
  const shown = rows.filter((row) => !left.has(row)).map(shownRow);
  return left.size === 0 ? shown.join("\n") : [...shown, `… ${left.size} rows of other programs …`].join("\n");
}

/** Command lines of other programs may hold anything: only their first word is shown. */
function shownRow(row: string): string {
  const [, head = "", command = ""] = ROW.exec(row) ?? [];
  if (head === "" || isOfInterest(command)) return row;
  const [first = "", ...more] = command.split(" ");
  const rest = more.join(" ").length;
  return rest === 0 ? row : `${head}${first} … (${rest} more characters)`;
}

/** More are not asked. */
const MOST_PROVIDERS = 8;

async function providersOf(context: ProbeContext): Promise<ProcessInfo[]> {
  const processes = await context.processes();
  return processes.filter((one) => isOfInterest(one.argv.join(" ")) && servedBy(one.argv)).slice(0, MOST_PROVIDERS);
}

export const lookAtProviders: Look = async (context) => {
  const found = await providersOf(context);
  return (await Promise.all(found.map((one) => lookAtProcess(one, context)))).flat();
};

async function lookAtProcess({ pid }: ProcessInfo, context: ProbeContext): Promise<Finding[]> {
  const env = toolEnvironment(context.io.env);
  const ps = (flags: string) => ["ps", flags, "-o", "command=", "-p", String(pid)];
  const command = await asked(context, ps("-ww"), ({ text }) => readCommandLine(text.replace(/\n$/, ""), isThere), env);
  const line = command.said.text.trimEnd();
  const read = ({ text }: Said) => shownEnvironment(parseEnvironment(line, text.trimEnd()));
  const around = await asked(context, ps("-Eww"), read, env);
  const folder = ["lsof", "-w", "-a", "-p", String(pid), "-d", "cwd", "-Fn"];
  return [
    command,
    { ...around, said: { ...around.said, text: shownPsEnvironment(around.said.text) } },
    await asked(context, folder, ({ text }) => parseCwd(text), env),
    await askKernel(pid, context, env),
  ];
}

/** The kernel's own copy of a command line holds the environment, too: what is shown is what was read. */
async function askKernel(pid: number, context: ProbeContext, env: NodeJS.ProcessEnv): Promise<Finding> {
  const said = await context.ask(["perl", "-e", PROCARGS_PERL, String(pid)], env);
  const read = await reading(() => {
    const kept = parseProcArgs(new TextEncoder().encode(said.text));
    return kept === null ? null : { argv: kept.argv, env: shownEnvironment(kept.env) };
  });
  const text = said.text === "" ? "" : `(${said.text.length} bytes, not shown: an environment is in it)`;
  return { asked: `perl: KERN_PROCARGS2 of ${pid}`, said: { ...said, text }, read };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export async function lookAtSelf(context: ProbeContext): Promise<Finding[]> {
  const { pid } = process;
  const env = toolEnvironment(context.io.env);
  const ps = (columns: string) => ["ps", "-o", columns, "-p", String(pid)];
  return [
    await asked(context, ps("stat=,lstart="), () => processStartTime(pid), env),
    await asked(context, ps("pgid="), () => groupOf(pid), env),
  ];
}

export async function lookAtListeners(context: ProbeContext): Promise<Finding[]> {
  const { port } = context.inputs;
  const env = toolEnvironment(context.io.env);
  const lsof = (...selection: string[]) => ["lsof", "-nP", ...selection, "-sTCP:LISTEN", "-Fpn"];
  const pids = (await providersOf(context)).map(({ pid }) => pid).join(",");
  const read = async ({ text }: Said) => ({
    "of this text": parseListeners(text),
    used: await findListeners(port, { signal: context.io.signal }),
  });
  const table = await context.readFile("/proc/net/tcp");
  return [
    await asked(context, lsof(`-iTCP:${port}`), read, env),
    ...(pids === ""
      ? []
      : [await asked(context, lsof("-a", "-p", pids, "-iTCP"), ({ text }) => parseListeners(text), env)]),
    ...(table.outcome === "not here"
      ? []
      : [{ asked: "/proc/net/tcp", said: table, read: await reading(() => parseProcNetTcp(table.text)) }]),
  ];
}
