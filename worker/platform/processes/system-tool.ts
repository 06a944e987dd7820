// The only place that runs ps and lsof. An answer that is late, cut or an error is no answer: it stops whoever asked, instead of
// looking like a Mac on which nothing runs. Source: contract §5.
import { execa } from "execa";
import { AutotuneError } from "../../core/errors.ts";
import { type Tool, toolFailure, type ToolResult } from "../../core/live/tool-answer.ts";
import { toolEnvironment } from "../../core/live/tool-environment.ts";
import { interruptible } from "../../interruptible.ts";

/** s; a Mac that swaps needs several. */
const LIMIT_S = 10;
/** ms that a killed tool may take to go: one that waits for a dead volume cannot be killed at all. */
const KILL_MS = 1_000;
/** Far more than the longest process list. */
const MAX_BYTES = 64_000_000;
/** Where macOS has them, for a PATH that lacks the folder. */
const PLACES: Record<Tool, string> = { ps: "/bin/ps", lsof: "/usr/sbin/lsof" };

export interface ToolOptions {
  /** Whose PATH and language count. */
  env: NodeJS.ProcessEnv;
  limitS?: number | undefined;
  /** Ends the waiting, and the tool. */
  signal?: AbortSignal | undefined;
}

/**
 * Ask once.
 * @returns what it printed; "" if it says that nothing matches
 * @throws AutotuneError provider_conflict if the answer cannot be relied on; the signal's reason
 */
export async function askTool(tool: Tool, words: string[], options: ToolOptions): Promise<string> {
  const { limitS = LIMIT_S } = options;
  const asking = { ...options, limitS };
  const result = (await run(tool, words, asking)) ?? (await run(PLACES[tool], words, asking));
  const failure = result === null ? `there is no ${tool} on PATH` : toolFailure(tool, result, limitS);
  if (result === null || failure !== null)
    throw new AutotuneError("provider_conflict", `what runs on this machine cannot be told: ${failure}`, {
      remedy: result === null ? REMEDY_PATH : REMEDY_BUSY,
    });
  return result.stdout;
}

const REMEDY_PATH = "Put /bin and /usr/sbin on PATH.";
const REMEDY_BUSY =
  "Try again; if it stays like this, close what swaps, and unmount network volumes that do not answer (Time Machine's too).";

/** @returns null if there is no such program */
async function run(
  program: string,
  words: string[],
  { env, limitS, signal: stop }: ToolOptions & { limitS: number },
): Promise<ToolResult | null> {
  stop?.throwIfAborted();
  const call = execa(program, words, {
    env: toolEnvironment(env),
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: limitS * 1000,
    killSignal: "SIGKILL",
    maxBuffer: MAX_BYTES,
    stripFinalNewline: false,
    ...(stop ? { cancelSignal: stop } : {}),
  });
  const result = await interruptible(Promise.race([call, lost(limitS * 1000 + KILL_MS)]), stop);
  if (result === null) return { code: null, timedOut: true, signal: null, stdout: "", stderr: "" };
  if (result.code === "ENOENT") return null;
  const { timedOut, exitCode, signal, stdout = "", stderr = "" } = result;
  return { code: result.isMaxBuffer ? null : (exitCode ?? null), timedOut, signal: signal ?? null, stdout, stderr };
}

function lost(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
}
