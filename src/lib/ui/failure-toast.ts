// Every failure is told the same way: what went wrong, why, and the log one keystroke away.
import { Clipboard, openExtensionPreferences, showToast, Toast } from "@raycast/api";
import { errorText } from "../../../worker/core/errors.ts";
import { lines, mark, page, type Markdown } from "../../../worker/core/text/markdown.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { WorkerError } from "../worker/worker-error.ts";
import { told } from "./commands.ts";
import { inRaycast } from "./raycast-words.ts";

/** Show a failure with Copy Log, behind Open Preferences where it can be mended there. */
export async function showFailure(title: string, error: unknown): Promise<void> {
  const copyLog: Toast.ActionOptions = {
    title: "Copy Log",
    shortcut: { modifiers: ["cmd", "shift"], key: "c" },
    onAction: (toast) => void Clipboard.copy(failureLog(error)).then(() => (toast.title = "Log copied")),
  };
  const actions =
    isKnown(error) && error.preferences
      ? { primaryAction: OPEN_PREFERENCES, secondaryAction: copyLog }
      : { primaryAction: copyLog };
  await showToast({ style: Toast.Style.Failure, title, message: failureMessage(error), ...actions });
}

export const OPEN_PREFERENCES: Toast.ActionOptions = {
  title: "Open Preferences",
  onAction: () => void openExtensionPreferences(),
};

const isKnown = (error: unknown): error is WorkerError | DatabaseProblem =>
  error instanceof WorkerError || error instanceof DatabaseProblem;

/** One line in Raycast's words: the first of the message, with the remedy if there is one. */
export function failureMessage(error: unknown): string {
  const first = firstLine(errorText(error));
  const remedy = isKnown(error) ? error.remedy : null;
  const text = remedy === null ? first : `${first}${/[.!?]$/.test(first) ? "" : "."} ${remedy}`;
  return isKnown(error) ? inRaycast(text) : text;
}

/** The whole message in Raycast's words as a page, with the remedy below it. */
export function failureMarkdown(error: unknown): Markdown {
  const remedy = isKnown(error) ? error.remedy : null;
  return page(
    lines(errorText(error), (line) => told(line)),
    remedy !== null && mark`**${told(remedy)}**`,
  );
}

/** "Tried:" says nothing without the lines below it. */
function firstLine(text: string): string {
  const [first = "", ...rest] = text.split("\n").map((line) => line.trim().replace(/^- /, ""));
  return first.endsWith(":") ? `${first} ${rest.join("; ").replaceAll(".; ", ". ")}`.trim() : first;
}

/** All that is known, for a bug report. */
export function failureLog(error: unknown): string {
  const said = error instanceof WorkerError ? error.log : "";
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [errorText(error), said, stack].filter((part) => part !== "").join("\n\n");
}
