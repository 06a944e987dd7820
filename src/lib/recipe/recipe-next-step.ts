// What a no-view command says when there is nothing to act on: why, and the command that leads on.
// Source: contract §14.
import { launchCommand, LaunchType, showToast, Toast } from "@raycast/api";
import { copyAction } from "../change/change-toast.ts";
import { DatabaseProblem } from "../database/database.ts";
import { showFailure } from "../ui/failure-toast.ts";

/** Offer Find Best Recipe. */
export async function showNextStep(title: string, message: string): Promise<void> {
  await showToast({
    style: Toast.Style.Failure,
    title,
    message,
    primaryAction: { title: "Find Best Recipe", onAction: () => void launch("find-best-recipe") },
    secondaryAction: copyAction("Log", `${title}\n${message}`),
  });
}

/** A database that is not there yet is no failure; anything else has its log. */
export async function showDatabaseProblem(title: string, error: unknown): Promise<void> {
  if (error instanceof DatabaseProblem && error.kind === "missing") return showNextStep("No recipe yet", error.message);
  const remedy =
    error instanceof DatabaseProblem ? new Error(`${error.message} ${error.remedy}`, { cause: error }) : error;
  await showFailure(title, remedy);
}

async function launch(name: string): Promise<void> {
  try {
    await launchCommand({ name, type: LaunchType.UserInitiated });
  } catch (error) {
    await showFailure("The command cannot be opened", error);
  }
}
