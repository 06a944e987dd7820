// Who may run: the one active place of the database, how it is claimed, kept, given back, and taken from the dead.
// Source: contract §11: at most one active run is a constraint of the database, not a file.
import { AutotuneError } from "../core/errors.ts";
import { markSuspect } from "./crash-suspects.ts";
import type { Db } from "./schema/db.ts";

/** The worker that holds the place; `pidStartedAt` is what platform/processes/process-identity.ts says of it. */
export interface Owner {
  pid: number;
  pidStartedAt: string;
}

/** Whether the process written down as (pid, start) still lives. */
export type IsAlive = (pid: number, startedAt: string) => boolean;

/** The leader of a candidate's process group, as the worker wrote it down. */
export interface CandidateGroup {
  pid: number;
  startedAt: string;
}

/** Who holds the active place, whether or not it still lives, and what it had started. */
export interface ActivePlace extends Owner {
  runId: string;
  candidate: CandidateGroup | null;
}

interface Place {
  run_id: string;
  pid: number;
  pid_started_at: string;
  since_utc: string;
  heartbeat_utc: string;
  phase: string;
  candidate: string | null;
  candidate_pid: number | null;
  candidate_started_at: string | null;
  boot_id: string | null;
}

/** @returns null if the place is free. */
export function activePlace(db: Db): ActivePlace | null {
  const place = holderOf(db);
  if (place === undefined) return null;
  const { run_id, pid, pid_started_at, candidate_pid, candidate_started_at } = place;
  const candidate =
    candidate_pid === null || candidate_started_at === null
      ? null
      : { pid: candidate_pid, startedAt: candidate_started_at };
  return { runId: run_id, pid, pidStartedAt: pid_started_at, candidate };
}

/**
 * Take the active place for a run whose row is written. Call it inside an IMMEDIATE transaction, after closeIfDead.
 * @param bootId of platform/processes/boot-id.ts; null where it cannot be told
 * @throws AutotuneError busy, naming the run that holds it
 */
export function claim(db: Db, runId: string, owner: Owner, nowUtc: string, bootId: string | null): void {
  const holder = holderOf(db);
  if (holder !== undefined) throw busy(holder);
  db.prepare(
    `INSERT INTO tune_active (slot, run_id, pid, pid_started_at, since_utc, heartbeat_utc, phase, stage, boot_id)
     VALUES (1, ?, ?, ?, ?, ?, 'starting', 0, ?)`,
  ).run(runId, owner.pid, owner.pidStartedAt, nowUtc, nowUtc, bootId);
}

/**
 * Close the active run if its owner is dead: it ended with its last heartbeat. Call it inside an IMMEDIATE transaction.
 * A candidate that was under way when another boot ended is marked.
 * @returns id of the closed run; null if the place is free or its owner lives
 */
export function closeIfDead(db: Db, isAlive: IsAlive, bootId: string | null): string | null {
  const holder = holderOf(db);
  if (holder === undefined || isAlive(holder.pid, holder.pid_started_at)) return null;
  const candidate = holder.candidate === null ? "" : `, candidate ${holder.candidate}`;
  const how = markSuspect(db, holder, bootId) ? "the machine went down" : `the worker (pid ${holder.pid}) died`;
  const detail = `${how} in phase ${holder.phase}${candidate}`;
  db.prepare(
    `UPDATE tune_runs SET exit_reason = 'internal_error', exit_detail = ?, ended_at_utc = ?
     WHERE run_id = ? AND ended_at_utc IS NULL`,
  ).run(detail, holder.heartbeat_utc, holder.run_id);
  closePhases(db, holder.run_id, holder.heartbeat_utc);
  release(db, holder.run_id);
  return holder.run_id;
}

/** End the phases of a run that are still open. */
export function closePhases(db: Db, runId: string, atUtc: string): void {
  db.prepare("UPDATE tune_phases SET ended_at_utc = ? WHERE run_id = ? AND ended_at_utc IS NULL").run(atUtc, runId);
}

/** Give the place back, if this run holds it. */
export function release(db: Db, runId: string): void {
  db.prepare("DELETE FROM tune_active WHERE run_id = ?").run(runId);
}

function holderOf(db: Db): Place | undefined {
  return db.prepare<[], Place>("SELECT * FROM tune_active").get();
}

function busy(holder: Place): AutotuneError {
  return new AutotuneError(
    "busy",
    `run ${holder.run_id} is active (pid ${holder.pid}, since ${holder.since_utc}); only one run can be`,
    { remedy: "Watch it with `mlx-autotune status --watch`, or end it with `mlx-autotune cancel`." },
  );
}
