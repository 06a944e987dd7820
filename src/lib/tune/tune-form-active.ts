// Whether a run is active at this moment: its row, and that its worker still lives. Source: contract §14, §11 (the active place).
import { databasePath } from "../worker/paths.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { readDatabase } from "../database/database.ts";
import { isGone } from "../runs/run-alive.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";

/** The active run; null if there is none, or its worker is gone: the next start closes such a row. */
export function livingRun(readers: Readers): ActiveRow | null {
  const active = readers.activeRun();
  return active !== null && !isGone(active.pid) ? active : null;
}

/** The same, read now. Without a readable database there is none; the worker says what is wrong with it. */
export function livingRunNow(): ActiveRow | null {
  try {
    return readDatabase(databasePath(), livingRun);
  } catch (error) {
    if (error instanceof DatabaseProblem) return null;
    throw error;
  }
}
