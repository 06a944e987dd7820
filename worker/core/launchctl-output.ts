// What launchctl's return codes mean, and what its printed text says. The codes are an interface; the text is not,
// so everything read from text may be null. Source: contract §5; facts seen on macOS 13 to 15.

/** One finished call. `code` is null if it could not be run or did not answer in time. */
export interface LaunchctlAnswer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type PrintMeaning = "loaded" | "absent" | "no-session" | "unclear";
export type BootoutMeaning = "done" | "going-on" | "absent" | "failed";
export type BootstrapMeaning = "done" | "retry" | "disabled" | "no-session" | "failed";
export type KickstartMeaning = "done" | "going-on" | "absent" | "failed";

/** `launchctl print <service or domain>`. 112 (nothing ran as that user since boot) is as good as 125. */
export function meaningOfPrint(code: number | null): PrintMeaning {
  if (code === 0) return "loaded";
  if (code === 113 || code === 3 || code === 1) return "absent";
  if (code === 125 || code === 112) return "no-session";
  return "unclear";
}

/** `launchctl bootout <service>`. Whatever it says, only `print` proves that the label is gone. */
export function meaningOfBootout(code: number | null): BootoutMeaning {
  if (code === 0) return "done";
  if (code === 36 || code === 37) return "going-on";
  if (code === 3 || code === 113) return "absent";
  return "failed";
}

/**
 * `launchctl bootstrap <domain> <plist>`. "retry" covers 5 and 37, usual for seconds after a bootout, and a missing answer;
 * both codes are also seen for a label that is loaded already, so ask `print` before trying again.
 */
export function meaningOfBootstrap(code: number | null): BootstrapMeaning {
  if (code === 0) return "done";
  if (code === null || code === 5 || code === 17 || code === 36 || code === 37) return "retry";
  if (code === 119) return "disabled";
  if (code === 125 || code === 112) return "no-session";
  return "failed";
}

/** `launchctl kickstart` and `launchctl enable`. */
export function meaningOfKickstart(code: number | null): KickstartMeaning {
  if (code === 0) return "done";
  if (code === 36 || code === 37) return "going-on";
  if (code === 3 || code === 113) return "absent";
  return "failed";
}

const MEANINGS: Record<number, string> = {
  1: "operation not permitted or no such service",
  3: "no such service",
  5: "input/output error: the label is not free yet, is loaded already, or the plist is unusable",
  17: "already loaded",
  36: "still going on",
  37: "already going on or already loaded",
  112: "that user has no launchd domain",
  113: "no such service",
  119: "the service is disabled",
  125: "no GUI session of that user",
};

/** One line for people, e.g. `launchctl bootstrap answered 119 (the service is disabled)`. */
export function describeAnswer(verb: string, answer: LaunchctlAnswer): string {
  if (answer.code === null) return `launchctl ${verb} gave no answer${said(answer)}`;
  const meaning = MEANINGS[answer.code];
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
  /** Seconds that launchd leaves the job between SIGTERM and SIGKILL. */
  exitTimeoutS: number | null;
}

/** Read `print <domain>/<label>`. Nested blocks (endpoints have a `state` too) are not the service's own lines. */
export function parsePrintedService(text: string): PrintedService {
  const own = new Map<string, string>();
  const argv: string[] = [];
  let blocks: string[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line.endsWith("= {")) blocks = [...blocks, line.slice(0, -3).trim()];
    else if (line === "}") blocks = blocks.slice(0, -1);
    else if (blocks.length === 2 && blocks[1] === "arguments" && line !== "") argv.push(line);
    else if (blocks.length === 1) rememberLine(own, line);
  }
  const path = own.get("path") ?? null;
  return {
    pid: positiveInteger(own.get("pid")),
    state: own.get("state") ?? null,
    plistPath: path?.startsWith("/") === true ? path : null,
    program: own.get("program") ?? null,
    argv,
    exitTimeoutS: positiveInteger(own.get("exit timeout")),
  };
}

function rememberLine(own: Map<string, string>, line: string): void {
  const at = line.indexOf(" = ");
  if (at > 0 && !own.has(line.slice(0, at))) own.set(line.slice(0, at), line.slice(at + 3));
}

export interface DomainService {
  label: string;
  /** Null while it does not run. */
  pid: number | null;
}

/** The services of `print <domain>`; [] if the text has no such block. */
export function parseDomainServices(text: string): DomainService[] {
  const services: DomainService[] = [];
  let inside = false;
  for (const line of text.split("\n")) {
    if (/^\s*services = \{\s*$/.test(line)) inside = true;
    else if (inside && line.trim() === "}") break;
    else if (inside) {
      const match = /^\s*(\d+)\s+\S+\s+(\S.*?)\s*$/.exec(line);
      if (match?.[1] !== undefined && match[2] !== undefined)
        services.push({ label: match[2], pid: positiveInteger(match[1]) });
    }
  }
  return services;
}

function positiveInteger(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : null;
}
