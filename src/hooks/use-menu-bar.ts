// The menu bar as other commands keep it up to date, and the note where it hides.
import { showHUD } from "@raycast/api";
import { usePromise } from "@raycast/utils";
import { useEffect, useRef } from "react";
import { menuBarSeen, wakeMenuBar } from "../lib/ui/menu-bar.ts";

/** To be used by the menu bar itself. */
export function useMenuBarSeen(): void {
  useEffect(menuBarSeen, []);
}

/** The menu bar looks when a run is seen to begin or to end. @param isLive undefined = not known */
export function useMenuBarWake(isLive: boolean | undefined): void {
  const before = useRef<boolean | undefined>(undefined);
  useEffect(() => {
    if (isLive === undefined) return;
    if (before.current !== undefined && before.current !== isLive) void wakeMenuBar();
    before.current = isLive;
  }, [isLive]);
}

/** Whoever launches a menu bar that hides is told why nothing appears. @returns whether that is under way */
export function useHiddenNote(isDue: boolean): boolean {
  const { data, error } = usePromise(tellHidden, [], {
    execute: isDue,
    onError: (cause) => console.error("it was not told that the menu bar hides:", cause),
  });
  return isDue && data === undefined && error === undefined;
}

async function tellHidden(): Promise<"told"> {
  await showHUD("No run is active: Autotune Status hides while idle");
  return "told";
}
