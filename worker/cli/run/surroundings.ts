// What surrounds every run: a guard that outlives it, a machine that stays awake, a budget that ends it.
// Source: contract §3 (--max-duration), §5 (guard, keep-awake, power).
import type { Log } from "../../context.ts";
import { RunStopped } from "../../core/errors.ts";
import { powerWarnings } from "../../core/machine/power.ts";
import { keepAwake, readPowerNow } from "../../platform/machine/keep-awake.ts";
import type { StoredRun } from "../../store/run-journal.ts";
import { keepGuarded } from "./guarding.ts";
import type { Io } from "../command/io.ts";

export interface Surroundings {
  /** Aborts with a RunStopped when the budget is used up. */
  budget: AbortSignal;
  /** False while there is no guard: then nothing may be drained. */
  isGuarded: () => boolean;
  /** Call when everything is over. @param allDone nothing is drained and the user is told; else the guard stays and sees to it */
  end(allDone: boolean): void;
}

/** Start all three, and note what cannot be had. */
export async function startSurroundings(
  run: { maxDurationS: number; spentSeconds: number; dbPath: string; journal: StoredRun; log: Log },
  io: Io,
): Promise<Surroundings> {
  const { journal, log } = run;
  const note = (text: string) => {
    journal.note("machine", text);
    log.debug(text);
  };
  const budget = startBudget(run.maxDurationS, run.spentSeconds);
  const awake = keepAwake(io.env, note);
  for (const { text } of powerWarnings(await readPowerNow(io.env))) {
    journal.note("warning", text);
    log.warn(text);
  }
  const guard = await keepGuarded({ selfCommand: io.selfCommand, dbPath: run.dbPath, env: io.env, note });
  return {
    budget: budget.signal,
    isGuarded: () => guard.isOn(),
    end(allDone) {
      budget.stop();
      awake.stop();
      if (allDone) guard.dismiss();
    },
  };
}

/** @param spentSeconds what the run that is resumed used of it */
function startBudget(seconds: number, spentSeconds: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new RunStopped({ kind: "budget", limitSeconds: seconds })),
    (seconds - spentSeconds) * 1000,
  );
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
