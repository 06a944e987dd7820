// Which runs stay, whether they grew old or are deleted by hand. Source: contract §11: all but the newest N go, never one that is
// applied or still open somewhere.
import { AutotuneError } from "../core/errors.ts";
import type { Db } from "./schema/db.ts";

interface Protection {
  /** The run ids that must stay whatever their age. */
  query: string;
  /** What follows "run x ". */
  why: string;
  /** How it can go all the same. */
  remedy: string;
}

/** Tables that come later add an entry. */
const PROTECTED: Protection[] = [
  {
    query: "SELECT run_id FROM tune_active",
    why: "is active",
    remedy: "End it with `mlx-autotune cancel`, then repeat.",
  },
  {
    query: "SELECT run_id FROM tune_runs WHERE applied = 1",
    why: "holds the recipe that is applied",
    remedy: "Take it back with `mlx-autotune revert`, then repeat.",
  },
  {
    // What is being resumed, until it is carried over or its successor has ended.
    query: `SELECT r.resumed_from FROM tune_runs r JOIN tune_active a ON a.run_id = r.run_id
      WHERE r.resumed_from IS NOT NULL`,
    why: "is being resumed by the active run",
    remedy: "Wait for that run to end, then repeat.",
  },
  {
    query: "SELECT run_id FROM drain_journal WHERE state IN ('intended', 'out', 'failed')",
    why: "has taken a provider out of service that is not back yet",
    remedy: "Bring it back with `mlx-autotune restore`, then repeat.",
  },
  {
    query: "SELECT run_id FROM recipe_applications WHERE state IN ('writing', 'restarting', 'unverified')",
    why: "has a recipe that is being applied, or whose application nobody has verified",
    remedy: "Take it back with `mlx-autotune revert`, then repeat.",
  },
];
const PROTECTED_IDS = PROTECTED.map(({ query }) => query).join(" UNION ");

/**
 * Ids of all runs, newest first. Trials whose run has no row (prototype databases) count as a run that began with the
 * first of them. Instants that cannot be read count as oldest.
 */
const NEWEST_FIRST = `
  SELECT run_id FROM (
    SELECT run_id, julianday(started_at_utc) AS began, rowid AS seq FROM tune_runs
    UNION ALL
    SELECT run_id, min(julianday(ts_utc)), 0 FROM tune_trials
    WHERE run_id IS NOT NULL AND run_id NOT IN (SELECT run_id FROM tune_runs) GROUP BY run_id
  ) ORDER BY began DESC, seq DESC`;

/**
 * Remove all but the newest `keep` runs with everything that hangs on them, in one transaction.
 * @param keep at least 1
 * @returns ids of the removed runs, so that their files can go too
 * @throws AutotuneError config_error if `keep` is no whole number ≥ 1
 */
export function retainNewest(db: Db, keep: number): string[] {
  if (!Number.isInteger(keep) || keep < 1)
    throw new AutotuneError("config_error", `--retain-runs must be a whole number of at least 1, not ${keep}`);
  return db
    .transaction(() => {
      const surplus = db
        .prepare<[number], string>(
          `SELECT run_id FROM (${NEWEST_FIRST} LIMIT -1 OFFSET ?) WHERE run_id NOT IN (${PROTECTED_IDS})`,
        )
        .pluck()
        .all(keep);
      for (const runId of surplus) remove(db, runId);
      return surplus;
    })
    .immediate();
}

/**
 * Remove one run with everything that hangs on it, in one transaction.
 * @throws AutotuneError config_error with reason and remedy if it must stay; nothing is changed then
 */
export function removeRun(db: Db, runId: string): void {
  db.transaction(() => {
    const kept = PROTECTED.find(({ query }) => db.prepare(`SELECT 1 WHERE ? IN (${query})`).get(runId) !== undefined);
    if (kept !== undefined)
      throw new AutotuneError("config_error", `run ${runId} ${kept.why}; it is not deleted`, { remedy: kept.remedy });
    remove(db, runId);
  }).immediate();
}

/** Visits, replicates, phases and notes go by their foreign keys. */
function remove(db: Db, runId: string): void {
  db.prepare("DELETE FROM tune_trials WHERE run_id = ?").run(runId);
  db.prepare("DELETE FROM tune_runs WHERE run_id = ?").run(runId);
}
