// Who tells the user how a run ended: its worker, or the first who finds it ended and its teller dead. Source: contract §13.
// Who dies between showing it and saying so here is taken not to have shown it: better twice than never.
import { step } from "../step.ts";
import type { IsAlive, Owner } from "./active-place.ts";
import type { Db } from "./schema/db.ts";
import { durably } from "./durable.ts";
import { insertRow, updateRows } from "./rows.ts";

export interface UntoldRun {
  runId: string;
  teller: Owner;
  /** What a click opens; null = nothing. */
  link: string | null;
}

interface Row {
  run_id: string;
  teller_pid: number;
  teller_started_at: string;
  link: string | null;
}

const ENDED = "run_id IN (SELECT run_id FROM tune_runs WHERE ended_at_utc IS NOT NULL)";

export class Untold {
  readonly #db: Db;
  readonly #utc: () => string;

  constructor(db: Db, utc: () => string) {
    this.#db = db;
    this.#utc = utc;
  }

  /** Ended runs that no other living process is going to tell, oldest first. */
  abandoned(self: Owner, isAlive: IsAlive): UntoldRun[] {
    return this.#rows(`${ENDED} ORDER BY rowid`).filter(
      ({ teller: { pid, pidStartedAt } }) =>
        (pid === self.pid && pidStartedAt === self.pidStartedAt) || !isAlive(pid, pidStartedAt),
    );
  }

  /** Whether its end is still to be told. */
  has(runId: string): boolean {
    return this.#rows("run_id = ?", runId).length > 0;
  }

  /** The run whose end this process owes; null if it is told. */
  runOf({ pid, pidStartedAt }: Owner): string | null {
    return this.#rows("teller_pid = ? AND teller_started_at = ?", pid, pidStartedAt)[0]?.runId ?? null;
  }

  /** Become the only one who tells it. @returns false if another process was quicker */
  claim({ runId, teller }: UntoldRun, self: Owner): boolean {
    const found = { run_id: runId, pid: teller.pid, started: teller.pidStartedAt };
    const where = "run_id = @run_id AND teller_pid = @pid AND teller_started_at = @started";
    return step(
      "untold.claim",
      () => updateRows(this.#db, "tune_untold", tellerRow(self), where, found) === 1, // one statement, one winner
    );
  }

  /** Note how it was told. On disk when this returns. A run that was deleted meanwhile takes no note. */
  told(runId: string, how: string): void {
    durably("untold.told", this.#db, () => {
      const { changes } = this.#db.prepare("DELETE FROM tune_untold WHERE run_id = ?").run(runId);
      if (changes === 0) return;
      insertRow(this.#db, "tune_notes", { run_id: runId, at_utc: this.#utc(), kind: "notification", text: how });
    });
  }

  #rows(where: string, ...values: (string | number)[]): UntoldRun[] {
    return this.#db
      .prepare<(string | number)[], Row>(`SELECT * FROM tune_untold WHERE ${where}`)
      .all(...values)
      .map((row) => ({
        runId: row.run_id,
        teller: { pid: row.teller_pid, pidStartedAt: row.teller_started_at },
        link: row.link,
      }));
  }
}

/** Write down that a run's end is owed; call it inside the transaction that begins the run. */
export function oweEnd(db: Db, runId: string, teller: Owner, link: string | null): void {
  insertRow(db, "tune_untold", { run_id: runId, ...tellerRow(teller), link });
}

const tellerRow = ({ pid, pidStartedAt }: Owner) => ({ teller_pid: pid, teller_started_at: pidStartedAt });
