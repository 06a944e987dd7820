// Asks one program one thing, bounded in time and size; whatever happens is an answer.
// Source: contract §5 (tools by name, what is missing is said).
import { execa } from "execa";
import type { Said } from "../../core/secrets/evidence.ts";
import { errorText } from "../../core/errors.ts";
import { unlessLost } from "../files/in-time.ts";

/** ms; a Mac that swaps needs seconds for what takes milliseconds else. */
const ASK_TIMEOUT_MS = 10_000;
/** Characters of one stream. */
const MOST_OUTPUT = 4_000_000;

export interface Asking {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  timeoutMs?: number;
}

/** Run a program that only tells something. */
export async function askProgram(argv: readonly string[], asking: Asking): Promise<Said> {
  const begin = performance.now();
  const said = await answerOf(argv, asking);
  return { ...said, ms: performance.now() - begin };
}

async function answerOf(argv: readonly string[], asking: Asking): Promise<Said> {
  const { env, signal, timeoutMs = ASK_TIMEOUT_MS } = asking;
  const [program = "", ...args] = argv;
  const call = execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: MOST_OUTPUT,
    stripFinalNewline: false,
    cancelSignal: signal,
  }).catch((error: unknown) => errorText(error));
  const result = await unlessLost(call, timeoutMs);
  signal.throwIfAborted();
  const none = `none within ${timeoutMs / 1000} s`;
  if (result === null) return { outcome: "no answer", code: null, text: "", diagnostics: none };
  if (typeof result === "string") return { outcome: "failed", code: null, text: "", diagnostics: result };
  const [text, stderr] = [result.stdout, result.stderr];
  if (result.code === "ENOENT")
    return { outcome: "not here", code: null, text: "", diagnostics: `${program} is not on PATH` };
  if (result.timedOut) return { outcome: "no answer", code: null, text, diagnostics: `${none}\n${stderr}` };
  const code = result.exitCode ?? null;
  const why = code === null ? `${result.shortMessage}\n${stderr}` : stderr;
  return { outcome: result.failed ? "failed" : "answered", code, text, diagnostics: why };
}
