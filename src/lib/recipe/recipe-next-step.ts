// What a no-view command says when there is nothing to act on: why, and the command that leads on.
import { launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import { isNothingYet } from "../database/database-problem.ts";
import { showFailure } from "../ui/failure-toast.ts";

/** Offer Find Best Recipe; nothing failed. */
export async function showNextStep(title: string, message: string): Promise<void> {
  await showToast({
    style: Toast.Style.Success,
    title,
    message,
    primaryAction: { title: "Find Best Recipe", onAction: () => void launch("find-best-recipe") },
  });
}

/** A database that is not there yet is no failure; anything else has its log. */
export async function showDatabaseProblem(title: string, error: unknown): Promise<void> {
  if (isNothingYet(error)) return showNextStep("No recipe yet", error.message);
  await showFailure(title, error);
}

async function launch(name: string): Promise<void> {
  try {
    await launchCommand({ name, type: LaunchType.UserInitiated });
  } catch (error) {
    await showFailure("The command cannot be opened", error);
  }
}
