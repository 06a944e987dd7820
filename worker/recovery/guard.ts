// The guard process: in a session of its own, it outlives the worker. When the worker has died before its run was over and told, it
// stops the orphaned candidate, brings the live provider back, closes the journal and tells the user.
// Source: contract §5 (after the worker's sudden death). Its other end: cli/run/guarding.ts.
import type { Log } from "../context.ts";
import { restoreFailureText } from "../core/launchd/drained.ts";
import { errorText, EXIT_RESTORE_FAILED } from "../core/errors.ts";
import { pollPauseMs } from "../core/poll-pause.ts";
import { systemClock } from "../platform/machine/clock.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import { recover } from "./recover.ts";
import type { RestoreResult } from "../service/restore.ts";
import { step } from "../step.ts";
import type { Owner } from "../store/active-place.ts";
import { openStore, type Store } from "../store/store.ts";

/** First word of a guard: from then on it watches. */
export const GUARDING = "guarding\n";
/** Said by the worker when its run is over and told and nothing is drained; the end of the pipe alone says that it died. */
export const OVER = "over\n";

/** Arguments that start a guard for this worker. */
export function guardArguments(dbPath: string, worker: Owner): string[] {
  return ["guard", "--db-path", dbPath, "--worker", String(worker.pid), worker.pidStartedAt];
}

/** @param args of `guardArguments`, without its first. @returns its exit code */
export async function guardMain(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [, dbPath = "", , pid = "", pidStartedAt = ""] = args;
  // It is there to outlive what ends the worker, so the same signals must not end it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.stdout.on("error", () => undefined);
  step("guard.watch", () => process.stdout.write(GUARDING));
  if (await isToldOver()) return 0;
  const worker = { pid: Number(pid), pidStartedAt };
  await untilDead(worker);
  const { failed } = await tidyUp(dbPath, worker, env);
  return failed.length === 0 ? 0 : EXIT_RESTORE_FAILED;
}

/** Read until the pipe ends, which the system sees to whatever kills the worker. */
async function isToldOver(): Promise<boolean> {
  let heard = "";
  for await (const part of process.stdin.setEncoding("utf8") as AsyncIterable<string>) heard += part;
  return heard.endsWith(OVER);
}

/** A dying process closes its files before it counts as dead, and only a dead one's work is anybody's. */
async function untilDead(worker: Owner): Promise<void> {
  const since = systemClock.nowMs();
  while (isSameProcess(worker.pid, worker.pidStartedAt))
    await systemClock.sleep(pollPauseMs(systemClock.nowMs() - since, 20));
}

const TRIES = 20;
const PAUSE_MS = 3_000;

/** Nobody watches a guard: a database that is busy or a disk that is full now may not be so later. */
async function tidyUp(dbPath: string, worker: Owner, env: NodeJS.ProcessEnv): Promise<RestoreResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tidyUpOnce(dbPath, worker, env);
    } catch (error) {
      if (tries === TRIES) throw error;
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

async function tidyUpOnce(dbPath: string, worker: Owner, env: NodeJS.ProcessEnv): Promise<RestoreResult> {
  const store = openStore(dbPath);
  try {
    const runId = runOf(worker, store);
    const log = noteLog(store, runId);
    const result = await recover({ store, env, log, retryFailed: false, waitForOthers: true });
    for (const name of result.restored) log.info(`Back in service: ${name}`);
    for (const { name } of result.leftOut) log.info(`Left stopped: ${name}`);
    if (result.failed.length > 0) log.warn(restoreFailureText(result.failed));
    return result;
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`);
    throw error;
  } finally {
    store.close();
  }
}

/** @returns null if somebody was quicker */
function runOf(worker: Owner, store: Store): string | null {
  const isWorker = ({ pid, pidStartedAt }: Owner) => pid === worker.pid && pidStartedAt === worker.pidStartedAt;
  return store.untold.runOf(worker) ?? store.drains.open().find(({ owner }) => isWorker(owner))?.runId ?? null;
}

/** What a guard does stands in the notes of the run that it guarded. */
function noteLog(store: Store, runId: string | null): Log {
  const note = (text: string) => runId !== null && store.noteOn(runId, "guard", text);
  return { info: note, warn: note, debug: () => undefined };
}
