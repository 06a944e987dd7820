// Lets the menu bar look at once where something has begun or ended here. Raycast launches it every minute by its manifest, and only a
// command can launch another unasked: for a link, Raycast asks the user first. So a run that ends by itself is seen at the next minute.
// Source: developers.raycast.com, Background Refresh, launchCommand, Deeplinks.
import { Cache, launchCommand, LaunchType } from "@raycast/api";

/** Ten times its interval: macOS stretches that, and a Mac sleeps. */
const IN_USE_MS = 600_000;
const SEEN = "seen";

const cache = new Cache({ namespace: "menu-bar" });

const seenAgoMs = (): number => Date.now() - Number(cache.get(SEEN));

/** To be called by the menu bar itself. Most launches write nothing. */
export function menuBarSeen(): void {
  if (!(seenAgoMs() < IN_USE_MS / 2)) cache.set(SEEN, String(Date.now()));
}

/** Launch it in the background, unless its user does without it: a launch would put it there. */
export async function wakeMenuBar(): Promise<void> {
  if (!(seenAgoMs() < IN_USE_MS)) return;
  try {
    await launchCommand({ name: "autotune-status", type: LaunchType.Background });
  } catch (error) {
    console.error("the menu bar was not woken:", error); // it was switched off meanwhile
  }
}
