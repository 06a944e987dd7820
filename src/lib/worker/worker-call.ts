// One question to the worker: started like a run, so that apply and cancel come to their end even if Raycast closes the command;
// its answer is a file.
// Source: contract §3 (with --json stdout is exactly one document), §14.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { errorText } from "../../../worker/core/errors.ts";
import { remedySchema } from "../../../worker/core/result/remedy.ts";
import { orExplain, WorkerError } from "./worker-error.ts";
import { remedyHere } from "./remedy-here.ts";
import { workerEnd } from "./worker-exit.ts";
import { launchWorker, type Launched } from "./worker-process.ts";
import type { WorkerPlace } from "./worker-place.ts";

export interface CallOptions {
  /** How long to wait, ms; then the worker goes on unwatched. 120,000. */
  timeoutMs?: number;
  /** More variables for the worker. */
  env?: Record<string, string>;
  /** Exit codes that come with a document of this shape, too; [0]. */
  okCodes?: number[];
}

const TIMEOUT_MS = 120_000;
/** Files of a call whose command was closed; nothing takes longer than this. */
const FORGOTTEN_MS = 86_400_000;
/** Commands that have --provider-bin. */
const WITH_PROVIDER = ["run", "plan", "serve", "doctor"];

/** Run one command of the worker at this place; see raycast-worker.ts. */
export async function callWorkerAt<T>(
  place: WorkerPlace,
  args: string[],
  schema: z.ZodType<T>,
  { timeoutMs = TIMEOUT_MS, env = {}, okCodes = [0] }: CallOptions = {},
): Promise<T> {
  const folder = freshFolder(place.supportPath, "call-");
  const files = {
    stdoutPath: join(folder, "stdout"),
    stderrPath: join(folder, "stderr"),
    exitCodePath: join(folder, "code"),
  };
  const launched = launchWorker(place, { args: workerArguments(place, args), env, ...files });
  const code = await ended(launched, files.exitCodePath, timeoutMs);
  if (code === undefined)
    throw new WorkerError(`mlx-autotune ${args[0]} has not answered within ${Math.round(timeoutMs / 1000)} s.`, {
      log: readFileSync(files.stderrPath, "utf8"),
      remedy: "It goes on in the background; look again later.",
    });
  const [stdout, stderr] = [readFileSync(files.stdoutPath, "utf8"), readFileSync(files.stderrPath, "utf8")];
  rmSync(folder, { recursive: true, force: true });
  if (code === null || !okCodes.includes(code)) throw refusal(args, code, stdout, stderr);
  return parseAnswer(args, code, stdout, stderr, schema);
}

/** The command line of one call: the database and the program of the preferences, unless the caller names others. */
export function workerArguments({ dbPath, providerBinary }: WorkerPlace, args: string[], last = "--json"): string[] {
  const at = args.indexOf("--");
  const [own, rest] = at === -1 ? [args, []] : [args.slice(0, at), args.slice(at)];
  const provider = providerBinary !== null && takesProvider(args) ? ["--provider-bin", providerBinary] : [];
  return [...own, ...provider, "--db-path", dbPath, last, ...rest];
}

/** Whether the program of the preferences goes with this call. */
export function takesProvider(args: readonly string[]): boolean {
  const [command = ""] = args;
  const at = args.indexOf("--");
  return WITH_PROVIDER.includes(command) && !args.slice(0, at === -1 ? undefined : at).includes("--provider-bin");
}

/** Make a private folder for one call or start, and remove those whose command was closed long ago. */
export function freshFolder(supportPath: string, prefix: string): string {
  return orExplain("The worker's answer has no place", "Check the extension's support folder and the disk.", () => {
    const calls = join(supportPath, "calls");
    mkdirSync(calls, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(calls)) {
      const facts = statSync(join(calls, name), { throwIfNoEntry: false });
      if (facts !== undefined && Date.now() - facts.mtimeMs > FORGOTTEN_MS)
        rmSync(join(calls, name), { recursive: true, force: true });
    }
    return mkdtempSync(join(calls, prefix));
  });
}

/** @returns its exit code, null if it was killed, undefined if it is still running after `timeoutMs` */
async function ended(launched: Launched, exitCodePath: string, timeoutMs: number): Promise<number | null | undefined> {
  const begin = performance.now();
  for (;;) {
    const end = workerEnd(launched, exitCodePath);
    if (end.ended) return end.code;
    const waitedMs = performance.now() - begin;
    if (waitedMs > timeoutMs) return undefined;
    await delay(waitedMs < 2000 ? 20 : 100);
  }
}

const refusalSchema = z.object({
  error: z.object({ message: z.string(), remedy: z.string().nullish(), remedies: z.array(remedySchema).default([]) }),
});

function refusal(args: string[], code: number | null, stdout: string, stderr: string): WorkerError {
  const said = refusalSchema.safeParse(jsonOf(stdout)).data?.error;
  const name = `mlx-autotune ${args[0] ?? ""}`;
  const message = said?.message ?? (stderr.trim() || `${name} ended with ${code === null ? "no exit code" : code}.`);
  const remedies = said?.remedies ?? [];
  return new WorkerError(message, {
    code,
    log: stderr,
    remedy: remedyHere(remedies) ?? said?.remedy ?? null,
    remedies,
  });
}

function parseAnswer<T>(args: string[], code: number, stdout: string, stderr: string, schema: z.ZodType<T>): T {
  const answer = schema.safeParse(jsonOf(stdout));
  if (answer.success) return answer.data;
  throw new WorkerError(`The answer of mlx-autotune ${args[0]} is not what was expected.`, {
    code,
    log: [z.prettifyError(answer.error), stdout.slice(0, 4000), stderr].filter(Boolean).join("\n"),
    remedy: "Copy the log and report it.",
    cause: answer.error,
  });
}

/** @returns undefined, which fits no schema, if it is no JSON; the log then has the text */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return text === "" ? undefined : { unparsable: errorText(error) };
  }
}
