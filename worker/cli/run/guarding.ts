// The worker's end of its guard: started before anything is drained, started again if it is killed, let go when all is done.
import { spawn, type ChildProcess } from "node:child_process";
import { errorText } from "../../core/errors.ts";
import { GUARDING, guardArguments, OVER } from "../../recovery/guard.ts";
import { selfOwner } from "../../recovery/recover.ts";
import { step } from "../../step.ts";

export interface GuardOptions {
  /** argv prefix that starts this program again. */
  selfCommand: string[];
  dbPath: string;
  env: NodeJS.ProcessEnv;
  /** Told what happens to guards. */
  note(text: string): void;
}

export interface Guarding {
  /** Whether a guard watches at this moment: without one nothing may be drained. */
  isOn(): boolean;
  /** Tell the guard that all is done, and let it go. */
  dismiss(): void;
}

/** Whoever kills guards again and again means it. */
const REARMS = 3;
/** ms; a cold start of Node on a Mac that swaps. */
const START_WITHIN_MS = 60_000;

/** Start a guard and keep one. Never throws: what cannot be had is noted, and `isOn` says so. */
export async function keepGuarded(options: GuardOptions): Promise<Guarding> {
  let current: ChildProcess | null = null;
  let dismissed = false;
  const arm = async (left: number): Promise<void> => {
    try {
      const guard = await startGuard(options);
      current = guard;
      if (dismissed) letGo(guard);
      guard.once("exit", (code, signal) => {
        current = null;
        if (dismissed) return;
        options.note(`The guard was ended (${signal ?? code})${left > 0 ? "; another one is started" : ""}`);
        if (left > 0) void arm(left - 1);
      });
    } catch (error) {
      options.note(`There is no guard: ${errorText(error)}`);
    }
  };
  await arm(REARMS);
  return {
    isOn: () => current !== null,
    dismiss() {
      dismissed = true;
      if (current) letGo(current);
    },
  };
}

function letGo(guard: ChildProcess): void {
  step("guard.dismiss", () => guard.stdin?.end(OVER));
}

/** It holds the other end of a pipe, which the system closes whatever kills this process. */
async function startGuard({ selfCommand, dbPath, env }: GuardOptions): Promise<ChildProcess> {
  const [program = process.execPath, ...prefix] = selfCommand;
  const child = step("guard.start", () =>
    spawn(program, [...prefix, ...guardArguments(dbPath, selfOwner())], {
      detached: true,
      cwd: "/",
      stdio: ["pipe", "pipe", "ignore"],
      env,
    }),
  );
  // A guard that was killed must not take the worker with it.
  child.stdin.on("error", () => undefined);
  await firstWord(child);
  child.unref();
  (child.stdin as typeof child.stdin & { unref?(): void }).unref?.();
  child.stdout.destroy();
  return child;
}

function firstWord(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) => {
      clearTimeout(timer);
      step("guard.kill", () => child.kill("SIGKILL"));
      reject(new Error(why));
    };
    const timer = setTimeout(() => failed(`it has not begun within ${START_WITHIN_MS / 1000} s`), START_WITHIN_MS);
    const atEnd = (code: number | null) => failed(`it ended at once with ${code}`);
    child.once("error", (error) => failed(errorText(error)));
    child.once("exit", atEnd);
    child.stdout?.once("data", (word: Buffer) => {
      clearTimeout(timer);
      child.off("exit", atEnd);
      if (word.toString() === GUARDING) resolve();
      else failed("it said something else than a guard would");
    });
  });
}
