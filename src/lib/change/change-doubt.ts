// After a failed change: whether the config holds the recipe although nobody saw the provider come up.
// Source: contract §12; state `unverified` of the applications.
import type { Change } from "./change-document.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { readWhenFree } from "../database/database.ts";
import { databasePath } from "../worker/paths.ts";

export async function writtenUnseen({ config }: Change): Promise<boolean> {
  try {
    const rows = await readWhenFree(databasePath(), (readers) => readers.applications());
    return rows.find(({ config_path }) => config_path === config.path)?.state === "unverified";
  } catch (problem) {
    if (problem instanceof DatabaseProblem) return false; // the failure itself is being told
    throw problem;
  }
}
