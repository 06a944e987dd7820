// Apply and revert without a view: the diff's essence in a dialog, choices as dialogs, the outcome as a toast.
// Source: contract §12, §14 (no-view, with confirmation).
import { Alert, confirmAlert, Icon, showToast, Toast } from "@raycast/api";
import { errorText } from "../../../worker/core/errors.ts";
import { planChange, type ChangeRequest } from "./change-call.ts";
import { hasWork, type Change } from "./change-document.ts";
import { choicesOf, questionOf, withChoice, type Choice, type Question } from "./change-refusal.ts";
import { changeDialog, outcomeText } from "./change-text.ts";
import { carryOutTold, NOT_DONE } from "./change-toast.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { inRaycast } from "../ui/raycast-words.ts";

/** Look, ask, and do what was confirmed; looks again as often as the user wants to. */
export async function changeByDialog(first: ChangeRequest): Promise<void> {
  let request: ChangeRequest | null = first;
  while (request !== null) request = await oneRound(request);
}

/** @returns what to try next; null = it is over */
async function oneRound(request: ChangeRequest): Promise<ChangeRequest | null> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Reading the config" });
  const planned = await planChange(request).catch((error: unknown) => ({ error }));
  if ("error" in planned) {
    await toast.hide();
    return afterRefusal(request, planned.error);
  }
  if (!hasWork(planned)) {
    const { title, message } = outcomeText(planned);
    Object.assign(toast, { style: Toast.Style.Success, title, message: inRaycast(message) });
    return null;
  }
  await toast.hide();
  if (!(await confirmed(planned))) return null;
  const { state } = await carryOutTold(request, planned, null);
  return state === "outdated" && (await looksAgain(planned)) ? request : null;
}

async function afterRefusal(request: ChangeRequest, error: unknown): Promise<ChangeRequest | null> {
  const question = questionOf(error, request);
  if (question !== null)
    return (await asked(question)) ? { ...request, flags: withChoice(request.flags, question.flag) } : null;
  const choices = choicesOf(error, request);
  const title = NOT_DONE[request.command];
  if (choices.length === 0) {
    await showFailure(title, error);
    return null;
  }
  for (const [index, choice] of choices.entries())
    if (await chosen(choice, inRaycast(errorText(error), request.command), index === choices.length - 1))
      return { ...request, flags: withChoice(request.flags, choice.flag) };
  return null;
}

/** Ask whether to go on with a recipe in doubt; nothing is written yet. */
export const asked = ({ title, meaning: message }: Question): Promise<boolean> =>
  confirmAlert({ title, message, icon: Icon.QuestionMark, primaryAction: { title: "Show Changes" } });

/** A dialog has two buttons only, so each choice has its own. */
function chosen({ title, meaning, isDestructive }: Choice, why: string, isLast: boolean): Promise<boolean> {
  const style = isDestructive ? Alert.ActionStyle.Destructive : Alert.ActionStyle.Default;
  return confirmAlert({
    title: `${title}?`,
    message: `${why}\n\n${meaning}\n\nThe diff is shown before anything is written.`,
    icon: isDestructive ? Icon.Warning : Icon.QuestionMark,
    primaryAction: { title, style },
    dismissAction: { title: isLast ? "Cancel" : "Other Choice" },
  });
}

/** The dialog before a change, in views, too. */
export function confirmed(planned: Change): Promise<boolean> {
  const { title, message, action } = changeDialog(planned);
  const icon = planned.command === "apply" ? Icon.CheckCircle : Icon.Undo;
  return confirmAlert({ title, message, icon, primaryAction: { title: action, style: Alert.ActionStyle.Destructive } });
}

function looksAgain({ config }: Change): Promise<boolean> {
  return confirmAlert({
    title: "The config was changed meanwhile",
    message: `Nothing was written: ${config.path} is not the file whose changes were shown.`,
    icon: Icon.Warning,
    primaryAction: { title: "Look Again" },
  });
}
