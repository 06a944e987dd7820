// What apply or revert is at right now, read from the database while the worker is at it.
// Source: contract §12: every step is stored before the next one is taken.
import { DatabaseProblem } from "../database/database-problem.ts";
import { readDatabase } from "../database/database.ts";
import { databasePath } from "../worker/paths.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";

const LOOK_MS = 500;

/** Tell each new step until the returned function is called. */
export function followChange(tell: (text: string) => void): () => void {
  let before: string | null = null;
  const timer = setInterval(() => {
    const now = lookNow();
    if (now !== null && now !== before) tell(now);
    before = now;
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function lookNow(): string | null {
  try {
    return readDatabase(databasePath(), stepNow);
  } catch (problem) {
    if (problem instanceof DatabaseProblem) return null; // the outcome says what is wrong
    throw problem;
  }
}

/** @returns the last step of the application that a process is at, in words; null if there is none */
export function stepNow(readers: Readers): string | null {
  const working = readers.applications().find(({ owner_pid }) => owner_pid !== null);
  if (working === undefined) return null;
  const last = readers.applicationSteps(working.id).at(-1);
  if (last === undefined) return "Writing the config";
  return (last.ok ? WORDS[last.step] : null) ?? last.detail ?? last.step;
}

const WORDS: Record<string, string> = {
  "config written": "Config written",
  "restart asked": "Waiting until the provider answers",
  "provider answers": "The provider answers",
  "config put back": "Config put back",
};
