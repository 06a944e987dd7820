// Candidates during whose start or measurement the machine itself went down. They are not tried again by themselves.
// Source: contract §5 (reboot in the middle), §15 (resume).
import type { Db } from "./schema/db.ts";

export interface CrashSuspect {
  model: string;
  runId: string;
  /** Last heartbeat before the machine went down, ISO 8601 UTC. */
  atUtc: string;
}

/** Phases in which a candidate holds memory. Before and after them a reboot is nobody's fault. */
const DANGEROUS = ["loading", "warm-up", "prefilling", "decoding"];

/** Mark the candidate of an active run whose boot is over, if one was under way. Call it inside the closing transaction. */
export function markSuspect(
  db: Db,
  place: { run_id: string; heartbeat_utc: string; phase: string; candidate: string | null; boot_id: string | null },
  bootId: string | null,
): boolean {
  const wentDown = place.boot_id !== null && bootId !== null && place.boot_id !== bootId;
  if (!wentDown || place.candidate === null || !DANGEROUS.includes(place.phase)) return false;
  db.prepare("INSERT OR REPLACE INTO crash_suspects (model, run_id, at_utc) VALUES (?, ?, ?)").run(
    place.candidate,
    place.run_id,
    place.heartbeat_utc,
  );
  return true;
}

export function crashSuspects(db: Db): CrashSuspect[] {
  return db.prepare<[], CrashSuspect>("SELECT model, run_id AS runId, at_utc AS atUtc FROM crash_suspects").all();
}

/** Forget a suspect that has served since. */
export function clearSuspect(db: Db, model: string): void {
  db.prepare("DELETE FROM crash_suspects WHERE model = ?").run(model);
}
