// Tool: what is going on, from the database and the configs. What a dead run left drained is brought back in the background, as by every
// command.
// Source: contract §14, §5 (the next start of anything runs `restore`).
import { configsNow } from "../lib/recipe/config-answers.ts";
import { DatabaseProblem } from "../lib/database/database-problem.ts";
import { readWhenFree } from "../lib/database/database.ts";
import { databasePath } from "../lib/worker/paths.ts";
import { toolError } from "../lib/tools/recipe-tool-confirmed.ts";
import { OFFER_TUNE } from "../lib/tools/recipe-tool-input.ts";
import { appliedFacts, EMPTY_STATUS, readStatus, type StatusRead } from "../lib/tools/recipe-tool-status.ts";
import { isMendedUnasked, type RunAlarm } from "../lib/runs/run-alarms.ts";
import { launchRestores } from "../lib/runs/run-restore.ts";

/**
 * Get what is not in service with the commands to type and what else has helped, the progress of the active tuning run (phase,
 * candidate, percent, seconds left, live tokens per second), how the last run ended, the newest recipe, and what was applied when and whether its config still holds it.
 */
export default async function tool(): Promise<object> {
  const { answer, alarms, applied } = await statusNow();
  await restoreAbandoned(alarms);
  const seen = await configsNow(applied);
  return { ...answer, applied: applied.map((one) => appliedFacts(one, seen.get(one.id))) };
}

async function statusNow(): Promise<StatusRead> {
  try {
    return await readWhenFree(databasePath(), (readers) => readStatus(readers, Date.now()));
  } catch (problem) {
    if (problem instanceof DatabaseProblem && problem.kind === "missing")
      return { answer: { ...EMPTY_STATUS, note: nothingThere(problem) }, alarms: [], applied: [] };
    throw toolError(problem);
  }
}

const nothingThere = (problem: DatabaseProblem): string =>
  `${problem.message} ${problem.preferences ? problem.remedy : OFFER_TUNE}`;

async function restoreAbandoned(alarms: RunAlarm[]): Promise<void> {
  try {
    await launchRestores(alarms.filter(isMendedUnasked).map(({ id }) => id));
  } catch (error) {
    // The answer names the command to type.
    console.error("restore was not launched:", error);
  }
}
