// The only place that talks to launchctl: each verb once, bounded in time, with the answer's meaning. Nothing is decided here.
// Called by name wherever PATH has it. Source: contract §5.
import { spawn } from "node:child_process";
import { execa } from "execa";
import {
  type BootoutMeaning,
  type BootstrapMeaning,
  type DomainService,
  type KickstartMeaning,
  type LaunchctlAnswer,
  meaningOfBootout,
  meaningOfBootstrap,
  meaningOfKickstart,
  meaningOfPrint,
  parseDomainServices,
  parsePrintedService,
  type PrintedService,
} from "../../core/launchd/launchctl-output.ts";
import { interruptible } from "../../interruptible.ts";
import { step } from "../../step.ts";
import { findOnPath } from "../processes/programs.ts";

export type ServiceAnswer =
  | { state: "loaded"; service: PrintedService }
  | { state: "absent" | "no-session" | "unclear"; answer: LaunchctlAnswer };

export type DomainAnswer =
  | { state: "there"; services: DomainService[] }
  | { state: "absent" | "no-session" | "unclear"; answer: LaunchctlAnswer };

export interface VerbAnswer<Meaning> {
  meaning: Meaning;
  answer: LaunchctlAnswer;
}

/** launchd, as far as one user may ask it. Services are named `<domain>/<label>`, e.g. `gui/501/live.malibu.provider`. */
export interface Launchd {
  /** `gui/<uid>`. */
  domain: string;
  printService(domain: string, label: string): Promise<ServiceAnswer>;
  printDomain(domain: string): Promise<DomainAnswer>;
  bootout(domain: string, label: string): Promise<VerbAnswer<BootoutMeaning>>;
  bootstrap(domain: string, plistPath: string): Promise<VerbAnswer<BootstrapMeaning>>;
  enable(domain: string, label: string): Promise<VerbAnswer<KickstartMeaning>>;
  /** With `restart` a running instance is stopped first. */
  kickstart(domain: string, label: string, restart: boolean): Promise<VerbAnswer<KickstartMeaning>>;
  /** Leave a shell behind that starts the service once process `pid` has ended, whoever lives then. It looks for `withinS` seconds. */
  startAfterEnd(domain: string, label: string, pid: number, withinS: number): void;
}

export interface LaunchdOptions {
  /** Whose PATH is searched. */
  env: NodeJS.ProcessEnv;
  uid: number;
  /** ms; for tests. */
  printTimeoutMs?: number;
  /** Ends the waiting for what was only asked: the prints then throw its reason. What launchd was told to do is waited for. */
  signal?: AbortSignal | undefined;
}

/** ms; asking is quick on an idle Mac, but a Mac that swaps needs seconds. */
const PRINT_TIMEOUT_MS = 10_000;
/** ms; older bootouts wait for the job's own exit timeout. */
const ACT_TIMEOUT_MS = 30_000;

/** Characters; the longest list of a domain has some 100,000. */
const MOST_TEXT = 16_000_000;

/** @returns null if PATH has no launchctl */
export async function openLaunchd(options: LaunchdOptions): Promise<Launchd | null> {
  const { env, printTimeoutMs = PRINT_TIMEOUT_MS, signal } = options;
  if ((await findOnPath("launchctl", env)) === null) return null;
  const print = (target: string) => answer(["print", target], env, printTimeoutMs, signal);
  const act = (...words: string[]) => answer(words, env, ACT_TIMEOUT_MS);
  return {
    domain: `gui/${options.uid}`,
    printService: async (domain, label) => {
      const printed = await print(`${domain}/${label}`);
      const state = meaningOfPrint(printed);
      if (state !== "loaded") return { state, answer: printed };
      return { state, service: parsePrintedService(printed.stdout) };
    },
    printDomain: async (domain) => {
      const printed = await print(domain);
      const state = meaningOfPrint(printed);
      if (state !== "loaded") return { state, answer: printed };
      return { state: "there", services: parseDomainServices(printed.stdout) };
    },
    bootout: async (domain, label) => judged(await act("bootout", `${domain}/${label}`), meaningOfBootout),
    bootstrap: async (domain, plistPath) => judged(await act("bootstrap", domain, plistPath), meaningOfBootstrap),
    enable: async (domain, label) => judged(await act("enable", `${domain}/${label}`), meaningOfKickstart),
    kickstart: async (domain, label, restart) =>
      judged(await act("kickstart", ...(restart ? ["-k"] : []), `${domain}/${label}`), meaningOfKickstart),
    startAfterEnd: (domain, label, pid, withinS) => startAfterEnd(`${domain}/${label}`, pid, withinS, env),
  };
}

/** Looks once a second. Of one that KeepAlive has started meanwhile, launchd only says that it runs already. */
const START_AFTER_END = `left=$3
while kill -0 "$2" 2>/dev/null; do
  [ "$left" -gt 0 ] || exit 0
  left=$((left - 1))
  sleep 1
done
exec launchctl kickstart "$1"`;

function startAfterEnd(target: string, pid: number, withinS: number, env: NodeJS.ProcessEnv): void {
  const words = ["-c", START_AFTER_END, "sh", target, String(pid), String(Math.ceil(withinS))];
  const watcher = step("launchd.watch", () =>
    spawn("/bin/sh", words, { detached: true, stdio: "ignore", env, cwd: "/" }),
  );
  watcher.on("error", () => undefined); // whoever asks waits, too: this is for its death
  watcher.unref();
}

function judged<Meaning>(answer: LaunchctlAnswer, meaningOf: (code: number | null) => Meaning): VerbAnswer<Meaning> {
  return { meaning: meaningOf(answer.code), answer };
}

async function answer(
  words: string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<LaunchctlAnswer> {
  signal?.throwIfAborted();
  const call = execa("launchctl", words, {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: timeoutMs,
    maxBuffer: MOST_TEXT,
    // launchctl only waits for launchd's answer: ending it interrupts nothing.
    killSignal: "SIGKILL",
    ...(signal ? { cancelSignal: signal } : {}),
  });
  const result = await interruptible(call, signal);
  if (result.exitCode !== undefined) return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  const why = result.timedOut ? `no answer within ${timeoutMs / 1000} s` : (result.shortMessage ?? "it did not run");
  return { code: null, stdout: result.stdout ?? "", stderr: why };
}
