// After a failed change: whether the config holds the recipe although nobody saw the provider come up.
// Source: contract §12; state `unverified` of the applications.
import type { Change } from "./change-document.ts";
import { DatabaseProblem, readDatabase } from "../database/database.ts";
import { databasePath } from "../worker/paths.ts";

export function writtenUnseen({ config }: Change): boolean {
  try {
    const rows = readDatabase(databasePath(), (readers) => readers.applications());
    return rows.find(({ config_path }) => config_path === config.path)?.state === "unverified";
  } catch (problem) {
    if (problem instanceof DatabaseProblem) return false; // the failure itself is being told
    throw problem;
  }
}
