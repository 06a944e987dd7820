// Apply Latest Recipe: the newest recipe goes into the provider's config, once its changes were confirmed.
import { changeByDialog } from "./lib/change/change-command.ts";
import { readWhenFree } from "./lib/database/database.ts";
import { databasePath } from "./lib/worker/paths.ts";
import { newestRecipe } from "../worker/core/runs/newest-recipe.ts";
import { showDatabaseProblem, showNextStep } from "./lib/recipe/recipe-next-step.ts";

export default async function command(): Promise<void> {
  try {
    const newest = await readWhenFree(databasePath(), newestRecipe);
    if (newest === null) return await showNextStep("No recipe yet", "No run has found one.");
    await changeByDialog({ command: "apply", target: newest.run.run_id, flags: {} });
  } catch (error) {
    await showDatabaseProblem("The recipe was not applied", error);
  }
}
