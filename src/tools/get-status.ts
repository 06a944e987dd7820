// Tool: what is going on, from the database; starts nothing. Source: contract §14.
import { DatabaseProblem, readDatabase } from "../lib/database.ts";
import { databasePath } from "../lib/paths.ts";
import { toolError } from "../lib/recipe-tool-confirmed.ts";
import { EMPTY_STATUS, readStatus } from "../lib/recipe-tool-status.ts";

/**
 * Get the progress of the active tuning run (phase, candidate, percent, seconds left, live tokens per second), how the last run ended,
 * the newest recipe, what is applied since when, and providers that are not back in service.
 */
export default function tool(): object {
  try {
    return readDatabase(databasePath(), (readers) => readStatus(readers, Date.now()));
  } catch (problem) {
    if (problem instanceof DatabaseProblem && problem.kind === "missing")
      return { ...EMPTY_STATUS, note: `${problem.message} ${problem.remedy}` };
    throw toolError(problem);
  }
}
