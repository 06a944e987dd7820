// How long the active run has been at it, and whether it is still heard of. Pure: now is handed in.
// Source: contract §3 (`status`: elapsed), §11 (heartbeat).
import type { ActiveRow } from "./read-model.ts";

/** The worker beats every second; a machine under load may be late. */
export const SILENT_SECONDS = 30;

/** Seconds since it began, ≥ 0. */
export const elapsedSeconds = (active: Pick<ActiveRow, "since_utc">, nowMs: number): number =>
  Math.max(0, (nowMs - Date.parse(active.since_utc)) / 1000);

/** Seconds since its last heartbeat, once that is worth saying: it lives and does not beat (the machine sleeps, the process was stopped). */
export function silentSeconds(active: Pick<ActiveRow, "heartbeat_utc">, nowMs: number): number | null {
  const seconds = (nowMs - Date.parse(active.heartbeat_utc)) / 1000;
  return seconds < SILENT_SECONDS ? null : seconds;
}
