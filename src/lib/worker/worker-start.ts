// Starts a run in the background and says so only once its row is there; a run that is refused at once is an error with its text.
// Source: DESIGN (the worker proves that it lives by writing its row), contract §14. The command line's own way: worker/cli/run/detach.ts.
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EXIT_CODES, failureText, type ExitReason } from "../../../worker/core/errors.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { readDatabase } from "../database/database.ts";
import { freshFolder, workerArguments } from "./worker-call.ts";
import { asWorkerError, orExplain, WorkerError } from "./worker-error.ts";
import { workerEnd } from "./worker-exit.ts";
import { launchWorker } from "./worker-process.ts";
import type { WorkerPlace } from "./worker-place.ts";

export interface StartedRun {
  runId: string;
  /** What the worker says, as text; grows while it runs. */
  logPath: string;
}

/** A cold start of Node on a busy machine takes seconds. */
const START_MS = 60_000;
/** Its row is written first; then it asks the provider for its flags and looks for a live one, and may still refuse. */
const REFUSAL_MS = 3_000;
const POLL_MS = 20;
/** Characters of a log that are worth copying. */
const LOG_TAIL = 20_000;

/** Start a run at this place; see raycast-worker.ts. Everything up to the worker's start happens before the first await. */
export async function startRunAt(place: WorkerPlace, flags: string[]): Promise<StartedRun> {
  const runId = randomUUID();
  const logPath = join(dirname(place.dbPath), "logs", `${runId}.worker.log`);
  orExplain("The folder for logs cannot be made", "Check Database in the extension's preferences.", () =>
    mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 }),
  );
  const folder = freshFolder(place.supportPath, "start-");
  try {
    const exitCodePath = join(folder, "code");
    const launched = launchWorker(place, {
      args: workerArguments(place, ["run", ...flags], "--no-json"),
      env: { MLX_AUTOTUNE_RUN_ID: runId, MLX_AUTOTUNE_DEEP_LINK: place.deepLink(runId) },
      stdoutPath: logPath,
      stderrPath: logPath,
      exitCodePath,
    });
    await underWay({ dbPath: place.dbPath, runId, logPath }, () => workerEnd(launched, exitCodePath));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { runId, logPath };
}

interface Starting {
  dbPath: string;
  runId: string;
  logPath: string;
}

/** @throws WorkerError if the run was refused, or its row is not there in time */
async function underWay(starting: Starting, workerEndNow: () => ReturnType<typeof workerEnd>): Promise<void> {
  const begin = performance.now();
  let refusalUntilMs = Infinity;
  for (;;) {
    // Before the look at the database: what a worker that has ended wrote is then seen.
    const end = workerEndNow();
    const row = lookUp(starting);
    const waitedMs = performance.now() - begin;
    if (row?.begun || (end.ended && end.code === 0)) return;
    if (row?.reason != null || end.ended) throw refused(starting, row, end.ended ? end.code : null);
    if (row !== null) refusalUntilMs = Math.min(refusalUntilMs, waitedMs + REFUSAL_MS);
    if (waitedMs > refusalUntilMs) return;
    if (row === null && waitedMs > START_MS)
      throw new WorkerError(`The worker has not written its row within ${START_MS / 1000} s.`, {
        log: logTail(starting.logPath),
        remedy: "It may still begin: wait a minute and look for it before starting another one.",
      });
    await delay(POLL_MS);
  }
}

interface RunState {
  /** A run that is refused ends without any phase of its own. */
  begun: boolean;
  reason: string | null;
  detail: string | null;
}

/** @returns null while there is no row, or no database that could hold it */
function lookUp({ dbPath, runId }: Starting): RunState | null {
  try {
    return readDatabase(dbPath, (readers) => {
      const run = readers.runs(5).find((one) => one.run_id === runId);
      if (run === undefined) return null;
      const begun = readers.timeline(runId).some(({ phase }) => phase !== "restoring" && phase !== "done");
      return { begun, reason: run.exit_reason, detail: run.exit_detail };
    });
  } catch (error) {
    // The worker is about to create the database, or to bring its schema up to date.
    if (error instanceof DatabaseProblem) return null;
    throw error;
  }
}

function refused({ logPath, dbPath }: Starting, row: RunState | null, ended: number | null): WorkerError {
  const log = logTail(logPath);
  const database = row === null ? unusable(dbPath) : null;
  if (database !== null) return asWorkerError(database, { code: ended, log });
  const code = ended ?? (row?.reason != null ? (EXIT_CODES[row.reason as ExitReason] ?? null) : null);
  const said = row?.detail ?? failureText(log.trim());
  const nothing = code === null ? "The worker was killed before it began." : `The worker ended with ${code}.`;
  return new WorkerError(said || nothing, { code, log });
}

/** Why no row could be written; null if it was not for the database. */
function unusable(dbPath: string): DatabaseProblem | null {
  try {
    return readDatabase(dbPath, () => null);
  } catch (problem) {
    if (!(problem instanceof DatabaseProblem)) throw problem;
    return ["missing", "older"].includes(problem.kind) ? null : problem;
  }
}

function logTail(path: string): string {
  return readFileSync(path, "utf8").slice(-LOG_TAIL);
}
