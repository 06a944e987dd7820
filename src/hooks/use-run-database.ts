// Reading while something may be going on: every second while a run is active, seldom otherwise. Source: contract §14 (live progress).
import { useState } from "react";
import type { Readers } from "../../worker/core/runs/readers.ts";
import { useBehindNote } from "./use-behind-note.ts";
import { useMenuBarWake } from "./use-menu-bar.ts";
import { useDatabase, type Reading } from "./use-database.ts";

/** The worker writes its progress a few times a second; people read once a second. */
const LIVE_MS = 1000;
/** A run may be started elsewhere, a recipe applied from a terminal. */
const IDLE_MS = 5000;

/** As useDatabase; @param isLive of what was read, called while rendering */
export function useRunDatabase<T, A extends (string | number | null)[]>(
  read: (readers: Readers, ...args: A) => T,
  args: A,
  isLive: (data: T) => boolean,
): Reading<T> {
  const [live, setLive] = useState(true);
  const reading = useDatabase(read, args, live ? LIVE_MS : IDLE_MS);
  const now = reading.data === undefined ? live : isLive(reading.data);
  if (now !== live) setLive(now);
  useBehindNote(reading.behind);
  useMenuBarWake(reading.data === undefined ? undefined : now);
  return reading;
}
