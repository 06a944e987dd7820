// What was typed is never thrown away for good: whatever replaces the whole form offers to put it back. Source: contract §14 (the form).
import { showToast, type Toast } from "@raycast/api";
import { showFailure } from "../ui/failure-toast.ts";

/** Say what took the place of the form's values. @param undo puts them back */
export async function tellReplaced(title: string, message: string, undo: () => void | Promise<void>): Promise<void> {
  await showToast({
    title,
    message,
    primaryAction: { title: "Undo", onAction: (toast) => void putBack(toast, undo) },
  });
}

async function putBack(toast: Toast, undo: () => void | Promise<void>): Promise<void> {
  try {
    await undo();
    await toast.hide();
  } catch (error) {
    await showFailure("It was not put back", error);
  }
}
