// What surrounds every run: a guard that outlives it, a machine that stays awake, a budget that ends it.
// Source: contract §3 (--max-duration), §5 (guard, keep-awake, power).
import type { Log } from "../context.ts";
import { errorText, RunStopped } from "../core/errors.ts";
import { startGuard, type Guard } from "../guard.ts";
import { keepAwake, powerWarnings } from "../platform/keep-awake.ts";
import type { StoredRun } from "../store/run-journal.ts";
import type { Io } from "./io.ts";

export interface Surroundings {
  /** Aborts with a RunStopped when the budget is used up. */
  budget: AbortSignal;
  /** False if no guard could be started: then nothing may be drained. */
  guarded: boolean;
  /** Call when everything is over, the live provider included. */
  end(): void;
}

/** Start all three, and note what cannot be had. */
export async function surround(
  run: { maxDurationS: number; dbPath: string; journal: StoredRun; log: Log },
  io: Io,
): Promise<Surroundings> {
  const { journal, log } = run;
  const note = (text: string) => {
    journal.note("machine", text);
    log.debug(text);
  };
  const budget = startBudget(run.maxDurationS);
  const awake = keepAwake(io.env, note);
  for (const warning of await powerWarnings(io.env)) {
    journal.note("warning", warning);
    log.warn(warning);
  }
  const guard = await startGuard(io.selfCommand, run.dbPath, io.env).catch((error: unknown): Guard | null => {
    note(`There is no guard for this run: ${errorText(error)}`);
    return null;
  });
  return {
    budget: budget.signal,
    guarded: guard !== null,
    end() {
      budget.stop();
      awake.stop();
      guard?.dismiss();
    },
  };
}

function startBudget(seconds: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new RunStopped({ kind: "budget", limitSeconds: seconds })),
    seconds * 1000,
  );
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
