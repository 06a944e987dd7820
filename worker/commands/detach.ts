// `run --detach`: start the worker in a session of its own, and say so only once it has written its row.
// Source: contract §3.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AutotuneError } from "../core/errors.ts";
import { openStore, type Store } from "../store/store.ts";
import { say, type Io } from "./io.ts";

/** The variable that hands the run id to the worker. */
export const RUN_ID_VARIABLE = "MLX_AUTOTUNE_RUN_ID";
/** A cold start of Node on a busy machine takes seconds. */
const START_MS = 60_000;
const POLL_MS = 50;

/**
 * Start `run` with the given arguments as a background worker.
 * @returns 0 once its row is there, else the worker's own exit code; its log's end then goes to stderr
 */
export async function runDetached(
  runId: string,
  args: string[],
  dbPath: string,
  json: boolean,
  io: Io,
): Promise<number> {
  const logPath = join(dirname(dbPath), "logs", `${runId}.worker.log`);
  mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
  const log = openSync(logPath, "w", 0o600);
  const [program = process.execPath, ...prefix] = io.selfCommand;
  // Its result goes into the log as text; what goes to stdout is said here.
  const kept = args.filter((arg) => arg !== "--detach" && arg !== "--json");
  const child = spawn(program, [...prefix, "run", ...kept, "--no-json"], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...io.env, [RUN_ID_VARIABLE]: runId },
  });
  closeSync(log);
  let ended: number | null = null;
  child.once("exit", (code) => (ended = code ?? 70));
  child.once("error", () => (ended = 70));
  const code = await rowOrEnd(dbPath, runId, () => ended);
  if (code !== null && code !== 0) {
    const message = readFileSync(logPath, "utf8").trim();
    if (json) say(io.stdout, JSON.stringify({ run_id: runId, error: { message }, exit_code: code }));
    say(io.stderr, message);
    return code;
  }
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

/** @returns null once the row is there, or the worker's exit code if it ended before. */
async function rowOrEnd(dbPath: string, runId: string, ended: () => number | null): Promise<number | null> {
  const deadline = performance.now() + START_MS;
  let store: Store | null = null;
  try {
    for (;;) {
      store ??= openStore(dbPath);
      if (store.readers.runs(5).some((run) => run.run_id === runId && run.exit_reason !== "config_error")) return null;
      const code = ended();
      if (code !== null) return code;
      if (performance.now() > deadline)
        throw new AutotuneError("internal_error", `the worker has not written its row within ${START_MS / 1000} s`);
      await delay(POLL_MS);
    }
  } finally {
    store?.close();
  }
}
