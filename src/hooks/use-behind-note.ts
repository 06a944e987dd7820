// Says that a view shows what was read before, as long as another program holds the database.
import { showToast, Toast } from "@raycast/api";
import { useEffect } from "react";
import type { DatabaseProblem } from "../lib/database/database-problem.ts";

const TITLE = "Another program holds the database";
const MESSAGE = "What was read before is shown until it is free";

/** @param behind as useDatabase gives it */
export function useBehindNote(behind: DatabaseProblem | null): void {
  const isBehind = behind !== null;
  useEffect(() => {
    if (!isBehind) return;
    const toast = showToast({ style: Toast.Style.Animated, title: TITLE, message: MESSAGE });
    const hide = () => toast.then((shown) => shown.hide());
    return () => void hide().catch((error: unknown) => console.error("the note was not hidden:", error));
  }, [isBehind]);
}
