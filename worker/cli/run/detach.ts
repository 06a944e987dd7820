// `run --detach`: start the worker in a session of its own, and say so only once it has written its row.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AutotuneError, EXIT_CODES } from "../../core/errors.ts";
import { pollPauseMs } from "../../core/poll-pause.ts";
import { step } from "../../step.ts";
import { openStore, type Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";

/** The variable that hands the run id to the worker. */
export const RUN_ID_VARIABLE = "MLX_AUTOTUNE_RUN_ID";
/** A cold start of Node on a busy machine takes seconds. */
const START_MS = 60_000;
/** Its row is written first; then it asks the provider for its flags and looks for a live one, and may still refuse. */
const REFUSAL_MS = 10_000;
/** ms; between the first two looks. */
const FIRST_PAUSE_MS = 50;

/**
 * Start `run` with the given arguments as a background worker.
 * @returns 0 once it is under way, else the worker's own exit code; its log then goes to stderr
 * @throws the signal's reason if the waiting is interrupted; the worker then ends, too
 */
export async function runDetached(
  runId: string,
  args: string[],
  dbPath: string,
  json: boolean,
  io: Io,
): Promise<number> {
  const logPath = join(dirname(dbPath), "logs", `${runId}.worker.log`);
  step("detach.folder", () => mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 }));
  const log = step("detach.log", () => openSync(logPath, "w", 0o600));
  const [program = process.execPath, ...prefix] = io.selfCommand;
  // Its result goes into the log as text; what goes to stdout is said here.
  const kept = args.filter((arg) => arg !== "--detach" && arg !== "--json");
  const child = step("detach.start", () =>
    spawn(program, [...prefix, "run", ...kept, "--no-json"], {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...io.env, [RUN_ID_VARIABLE]: runId },
    }),
  );
  closeSync(log);
  let ended: number | null = null;
  child.once("exit", (code) => (ended = code ?? EXIT_CODES.internal_error));
  child.once("error", () => (ended = EXIT_CODES.internal_error));
  io.signal.addEventListener("abort", () => step("detach.stop", () => child.kill("SIGTERM")), { once: true });
  const code = await startedOrEnded(dbPath, runId, () => ended);
  if (code !== null && code !== 0) return refused({ runId, logPath, code, json }, io);
  child.unref();
  const pid = child.pid ?? null;
  say(io.stdout, json ? JSON.stringify({ run_id: runId, pid, log_path: logPath }) : runId);
  if (!json)
    say(
      io.stderr,
      `Started in the background (pid ${pid}). Watch it: mlx-autotune status --watch · stop it: mlx-autotune cancel · log: ${logPath}`,
    );
  return 0;
}

function refused(run: { runId: string; logPath: string; code: number; json: boolean }, io: Io): number {
  io.signal.throwIfAborted();
  const message = readFileSync(run.logPath, "utf8").trim();
  if (run.json) say(io.stdout, JSON.stringify({ run_id: run.runId, error: { message }, exit_code: run.code }));
  say(io.stderr, message);
  return run.code;
}

/** @returns null once the run is under way, or the worker's exit code if it ended before. */
async function startedOrEnded(dbPath: string, runId: string, ended: () => number | null): Promise<number | null> {
  const since = performance.now();
  let refusalUntil = Infinity;
  const store = openStore(dbPath);
  try {
    for (;;) {
      const code = ended();
      const run = store.readers.runs(5).find((one) => one.run_id === runId);
      if (run?.state === "active") refusalUntil = Math.min(refusalUntil, performance.now() + REFUSAL_MS);
      if (isUnderWay(store, runId) || performance.now() > refusalUntil) return null;
      if (code !== null) return code;
      const waitedMs = performance.now() - since;
      if (!run && waitedMs > START_MS)
        throw new AutotuneError("internal_error", `the worker has not written its row within ${START_MS / 1000} s`);
      await delay(pollPauseMs(waitedMs, FIRST_PAUSE_MS));
    }
  } finally {
    store.close();
  }
}

/** A refused run ends without any phase of its own. */
function isUnderWay(store: Store, runId: string): boolean {
  return store.readers.timeline(runId).some(({ phase }) => phase !== "restoring" && phase !== "done");
}
