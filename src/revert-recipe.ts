// Revert Recipe: what was applied last is taken back, once its changes were confirmed. Twice is a no-op.
import { changeByDialog } from "./lib/change/change-command.ts";
import { readWhenFree } from "./lib/database/database.ts";
import { databasePath } from "./lib/worker/paths.ts";
import { NOT_DONE } from "./lib/change/change-toast.ts";
import { showDatabaseProblem } from "./lib/recipe/recipe-next-step.ts";

export default async function command(): Promise<void> {
  try {
    // The worker knows best what is in force; this only keeps it from creating a database.
    await readWhenFree(databasePath(), () => null);
    await changeByDialog({ command: "revert", target: null, flags: {} });
  } catch (error) {
    await showDatabaseProblem(NOT_DONE.revert, error);
  }
}
