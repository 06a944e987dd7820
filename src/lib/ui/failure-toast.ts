// Every failure is told the same way: what went wrong, why, and the log one keystroke away. Source: contract §14.
import { Clipboard, showToast, Toast } from "@raycast/api";
import { errorText } from "../../../worker/core/errors.ts";
import { WorkerError } from "../worker/worker-error.ts";

/** Show a failure with Copy Log. */
export async function showFailure(title: string, error: unknown): Promise<void> {
  await showToast({
    style: Toast.Style.Failure,
    title,
    message: failureMessage(error),
    primaryAction: {
      title: "Copy Log",
      shortcut: { modifiers: ["cmd", "shift"], key: "c" },
      onAction: (toast) => void Clipboard.copy(failureLog(error)).then(() => (toast.title = "Log copied")),
    },
  });
}

/** One line: the first of the message, with the remedy if there is one. */
export function failureMessage(error: unknown): string {
  const first = firstLine(errorText(error));
  const remedy = error instanceof WorkerError ? error.remedy : null;
  if (remedy === null) return first;
  return `${first}${/[.!?]$/.test(first) ? "" : "."} ${remedy}`;
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
