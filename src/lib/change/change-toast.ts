// Carries a confirmed change out under a toast: progress while it restarts, then the outcome or the failure with its log.
// Source: contract §12, §14 (every failure toast has Copy Log).
import { Clipboard, showToast, Toast } from "@raycast/api";
import { carryOut, type ChangeRequest } from "./change-call.ts";
import type { Change, NothingToDo } from "./change-document.ts";
import { writtenUnseen } from "./change-doubt.ts";
import { followChange } from "./change-progress.ts";
import { isOutdated } from "./change-refusal.ts";
import { outcomeText, type OutcomeText } from "./change-text.ts";
import { failureLog, showFailure } from "../ui/failure-toast.ts";
import { inRaycast } from "../ui/raycast-words.ts";

/** done: whatever came of it is in the toast. outdated: the config is not the one that was shown; nothing was written. */
export type Carried = { state: "done"; document: Change | NothingToDo } | { state: "outdated" } | { state: "failed" };

/**
 * Do what was shown and confirmed.
 * @param lookAgain offered in the toast where the config was changed meanwhile; null = the caller asks by itself
 */
export async function carryOutTold(
  request: ChangeRequest,
  planned: Change,
  lookAgain: (() => void) | null,
): Promise<Carried> {
  const verb = request.command === "apply" ? "Applying" : "Reverting";
  const toast = await showToast({ style: Toast.Style.Animated, title: `${verb} the recipe`, message: "Writing" });
  const stop = followChange((text) => (toast.message = text));
  try {
    const document = await carryOut(request, planned);
    stop();
    tellOutcome(toast, outcomeText(document), document);
    return { state: "done", document };
  } catch (error) {
    stop();
    await toast.hide();
    if (!isOutdated(error)) {
      await showFailure((await writtenUnseen(planned)) ? "Written, but unverified" : NOT_DONE[request.command], error);
      return { state: "failed" };
    }
    if (lookAgain !== null) await showOutdated(planned, error, lookAgain);
    return { state: "outdated" };
  } finally {
    stop();
  }
}

export const NOT_DONE = { apply: "The recipe was not applied", revert: "The recipe was not reverted" };

function tellOutcome(toast: Toast, { style, title, message, command }: OutcomeText, document: unknown): void {
  if (style === "failure") {
    const copyLog = copyAction("Log", `${title}\n${message}\n\n${JSON.stringify(document, null, 2)}`);
    toast.primaryAction = command === null ? copyLog : copyAction("Command", command);
    if (command !== null) toast.secondaryAction = copyLog;
  }
  toast.style = style === "success" ? Toast.Style.Success : Toast.Style.Failure;
  toast.message = inRaycast(message);
  toast.title = title;
}

async function showOutdated({ config }: Change, error: unknown, lookAgain: () => void): Promise<void> {
  await showToast({
    style: Toast.Style.Failure,
    title: "The config was changed meanwhile",
    message: `Nothing was written: ${config.path} is not the file whose diff was shown.`,
    primaryAction: {
      title: "Look Again",
      shortcut: { modifiers: ["cmd"], key: "r" },
      onAction: (toast) => void toast.hide().then(lookAgain),
    },
    secondaryAction: copyAction("Log", failureLog(error)),
  });
}

/** An action of a toast that puts text on the clipboard and says so. @param what a noun, in Title Case */
export function copyAction(what: string, text: string): Toast.ActionOptions {
  const done = `${what} copied`;
  return { title: `Copy ${what}`, onAction: (toast) => void Clipboard.copy(text).then(() => (toast.title = done)) };
}
