// The guard: a process in a session of its own that outlives the worker. When the worker is gone without having ended its
// run, it stops the orphaned candidate, brings the live provider back and closes the journal.
// Source: contract §5 (after the worker's sudden death).
import { spawn, type ChildProcess } from "node:child_process";
import type { Log } from "./context.ts";
import { restoreFailureText } from "./core/drained.ts";
import { EXIT_RESTORE_FAILED } from "./core/errors.ts";
import { recover } from "./recover.ts";
import { openStore } from "./store/store.ts";

/** Said by the worker when its run is over; its end alone says that it died. */
const OVER = "over\n";

export interface Guard {
  pid: number;
  /** Tell the guard that all is done and let it go. */
  dismiss(): void;
}

/**
 * Start a guard. It holds the other end of a pipe, which the system closes whatever kills the worker.
 * @throws Error if it cannot be started: then nothing may be drained
 */
export async function startGuard(selfCommand: string[], dbPath: string, env: NodeJS.ProcessEnv): Promise<Guard> {
  const [program = process.execPath, ...prefix] = selfCommand;
  const child = spawn(program, [...prefix, "guard", "--db-path", dbPath], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    env,
  });
  await guarding(child);
  child.unref();
  const stdin = child.stdin as (NodeJS.WritableStream & { unref?(): void; destroy(): void }) | null;
  const stdout = child.stdout as { unref?(): void; destroy(): void } | null;
  stdin?.unref?.();
  stdout?.destroy();
  // A guard that was killed must not take the worker with it.
  stdin?.on("error", () => undefined);
  return { pid: child.pid ?? 0, dismiss: () => stdin?.end(OVER) };
}

/** Wait for its first word: from then on it watches. */
function guarding(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the guard ended at once with ${code}`)));
    child.stdout?.once("data", () => {
      child.removeAllListeners("exit");
      resolve();
    });
  });
}

/** The guard process itself. @returns its exit code */
export async function guardMain(dbPath: string, env: NodeJS.ProcessEnv): Promise<number> {
  // It is there to outlive what ends the worker, so the same signals must not end it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.stdout.on("error", () => undefined);
  process.stdout.write("guarding\n");
  let heard = "";
  for await (const part of process.stdin.setEncoding("utf8") as AsyncIterable<string>) heard += part;
  if (heard.endsWith(OVER)) return 0;
  const store = openStore(dbPath);
  try {
    const { failed } = await recover({ store, env, log: silent, retryFailed: false });
    if (failed.length === 0) return 0;
    silent.warn(restoreFailureText(failed));
    return EXIT_RESTORE_FAILED;
  } finally {
    store.close();
  }
}

/** Nobody reads a guard; what it does stands in the journal. */
const silent: Log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
