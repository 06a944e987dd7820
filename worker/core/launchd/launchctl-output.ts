// What launchctl's return codes mean, and what its printed text says. The codes are an interface; the text is not,
// so everything read from text may be null. Source: contract §5; outputs of macOS 13 to 27 (tests/fixtures/mac).
import { meaningOfCode } from "./launchctl-codes.ts";

/** One finished call. `code` is null if it could not be run or did not answer in time. */
export interface LaunchctlAnswer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type PrintMeaning = "loaded" | "absent" | "no-session" | "unclear";
export type BootoutMeaning = "done" | "going-on" | "absent" | "failed" | "refused";
export type BootstrapMeaning = "done" | "retry" | "disabled" | "no-session" | "failed";
export type KickstartMeaning = "done" | "going-on" | "absent" | "failed";

/** 1 and 3 are errno: what was missing or forbidden only the text says. */
const SAYS_ABSENT = /could not find (specified )?service|no such process/i;

/** `launchctl print <service or domain>`. 112 (nothing ran as that user since boot) and 124 (logging out) are as good as 125. */
export function meaningOfPrint({ code, stdout, stderr }: LaunchctlAnswer): PrintMeaning {
  if (code === 0) return "loaded";
  if (code === 113) return "absent";
  if (code === 125 || code === 124 || code === 112) return "no-session";
  const isErrno = code === 1 || code === 3;
  return isErrno && (SAYS_ABSENT.test(stderr) || SAYS_ABSENT.test(stdout)) ? "absent" : "unclear";
}

/** Codes that another try will not change. */
const REFUSALS = new Set([1, 112, 124, 125, 144, 150, 159]);

/**
 * `launchctl bootout <service>`. Whatever it says, only `print` proves that the label is gone: recent ones answer 0 while the
 * process has not ended, and "failed" (5, or no answer) is also said of a service that is busy and ends later.
 */
export function meaningOfBootout(code: number | null): BootoutMeaning {
  if (code === 0) return "done";
  if (code === 36 || code === 37) return "going-on";
  if (code === 3 || code === 113) return "absent";
  return code !== null && REFUSALS.has(code) ? "refused" : "failed";
}

/**
 * `launchctl bootstrap <domain> <plist>`. "retry" covers 5 and 37, usual for seconds after a bootout, and a missing answer;
 * both codes are also seen for a label that is loaded already, so ask `print` before trying again.
 */
export function meaningOfBootstrap(code: number | null): BootstrapMeaning {
  if (code === 0) return "done";
  if (code === null || code === 5 || code === 17 || code === 36 || code === 37) return "retry";
  if (code === 119) return "disabled";
  if (code === 125 || code === 124 || code === 112) return "no-session";
  return "failed";
}

/** `launchctl kickstart` and `launchctl enable`. */
export function meaningOfKickstart(code: number | null): KickstartMeaning {
  if (code === 0) return "done";
  if (code === 36 || code === 37) return "going-on";
  if (code === 3 || code === 113) return "absent";
  return "failed";
}

/** One line for people, e.g. `launchctl bootstrap answered 119 (the service is disabled)`. */
export function describeAnswer(verb: string, answer: LaunchctlAnswer): string {
  if (answer.code === null) return `launchctl ${verb} gave no answer${said(answer)}`;
  const meaning = meaningOfCode(answer.code);
  return `launchctl ${verb} answered ${answer.code}${meaning === undefined ? said(answer) : ` (${meaning})`}`;
}

function said(answer: LaunchctlAnswer): string {
  const line = answer.stderr.trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line}`;
}

/** What `print <domain>/<label>` tells of a service; null where it does not say. */
export interface PrintedService {
  pid: number | null;
  /** e.g. "running", "not running", "spawn scheduled". */
  state: string | null;
  /** The plist it was loaded from; null for jobs that were submitted without one. */
  plistPath: string | null;
  program: string | null;
  argv: string[];
  /** Seconds that launchd leaves the job between SIGTERM and SIGKILL; 0 = it waits for ever. */
  exitTimeoutS: number | null;
}

/** What a job without ExitTimeOut gets: `print` says 5, whatever launchd.plist(5) says (20). */
export const DEFAULT_EXIT_TIMEOUT_S = 5;

/** Seconds after which launchd kills a job that it has told to end; Infinity = never. */
export function killsAfterS(exitTimeoutS: number | null): number {
  return exitTimeoutS === 0 ? Infinity : (exitTimeoutS ?? DEFAULT_EXIT_TIMEOUT_S);
}

/** Whether launchd has told the job to end, and waits for it: `state = SIGTERMed`, later `SIGKILLed`. */
export function isEnding({ state }: PrintedService): boolean {
  return state !== null && /^SIG(TERM|KILL)ed$/i.test(state);
}

/** Printed before anything that a plist can put its own lines into; all others come after it. */
const HEAD = new Set(["path", "type", "state", "program"]);

/**
 * Read `print <domain>/<label>`. Own lines have exactly one leading tab and blocks end at a line of one tab and a brace: an argument or
 * a value may have lines of its own, with braces and equals signs in them.
 */
export function parsePrintedService(text: string): PrintedService {
  const lines = text.split("\n");
  const own = new Map<string, string>();
  const argv: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const block = openedBlock(line);
    if (block === null) {
      rememberLine(own, line);
      continue;
    }
    const end = block === "arguments" && argv.length === 0 ? endOfArguments(lines, at + 1) : endOfBlock(lines, at + 1);
    if (block === "arguments" && argv.length === 0) argv.push(...wordsOf(lines.slice(at + 1, end)));
    at = end;
  }
  const path = own.get("path") ?? null;
  return {
    pid: positiveInteger(own.get("pid")),
    state: own.get("state") ?? null,
    plistPath: path?.startsWith("/") === true ? path : null,
    program: own.get("program") ?? null,
    argv,
    exitTimeoutS: own.get("exit timeout") === "0" ? 0 : positiveInteger(own.get("exit timeout")),
  };
}

/** @returns the name of the block that this line of the service's own opens, else null */
function openedBlock(line: string): string | null {
  if (!isOwn(line) || !line.endsWith(" {")) return null;
  const name = line.slice(1, -2);
  if (name.endsWith(" =>")) return name.slice(0, -3);
  return name.endsWith(" =") ? name.slice(0, -2) : null;
}

const isOwn = (line: string): boolean => line.startsWith("\t") && line.length > 1 && line[1] !== "\t";

function endOfBlock(lines: readonly string[], from: number): number {
  const end = lines.indexOf("\t}", from);
  return end < 0 ? lines.length : end;
}

/** An empty line follows; a script in an argument may have a line that looks like the end. */
function endOfArguments(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at += 1) if (lines[at] === "\t}" && (lines[at + 1] ?? "") === "") return at;
  return endOfBlock(lines, from);
}

/** Each word begins with two tabs; its further lines stand as they are. */
function wordsOf(lines: readonly string[]): string[] {
  const words: string[] = [];
  for (const line of lines) {
    if (line.startsWith("\t\t") || words.length === 0) words.push(line.replace(/^\t\t/, ""));
    else words.push(`${words.pop()}\n${line}`);
  }
  return words;
}

function rememberLine(own: Map<string, string>, line: string): void {
  const at = line.indexOf(" = ");
  if (!isOwn(line) || at < 1) return;
  const name = line.slice(1, at);
  if (!HEAD.has(name) || !own.has(name)) own.set(name, line.slice(at + 3));
}

export interface DomainService {
  label: string;
  /** Null while it does not run. */
  pid: number | null;
}

/** The services of `print <domain>`; [] if the text has no such block. */
export function parseDomainServices(text: string): DomainService[] {
  const lines = text.split("\n");
  const from = lines.indexOf("\tservices = {") + 1;
  if (from === 0) return [];
  return lines.slice(from, endOfBlock(lines, from)).flatMap((line) => {
    const match = /^\t\t *(\d+) +\S+\s+(\S.*)$/.exec(line.trimEnd());
    return match?.[2] === undefined ? [] : [{ label: match[2], pid: positiveInteger(match[1]) }];
  });
}

function positiveInteger(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : null;
}
