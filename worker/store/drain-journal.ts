// The drain journal in the database. Every write reaches the disk before the next step is taken.
// Source: contract §5: write the intent (fsync) before acting, close it only when verified.
import { drainedName, drainedSchema, type Drained } from "../core/launchd/drained.ts";
import type { Db } from "./schema/db.ts";
import { durably } from "./durable.ts";
import { insertRow, updateRows } from "./rows.ts";
import type { IsAlive, Owner } from "./active-place.ts";

export type DrainState = "intended" | "out" | "restored" | "left_out" | "failed";

export interface JournalEntry {
  id: number;
  runId: string;
  name: string;
  state: DrainState;
  service: Drained;
  owner: Owner;
  /** Who is bringing it back, or was when it died. */
  restorer: Owner | null;
  attempts: number;
  lastError: string | null;
  createdUtc: string;
}

interface Row {
  id: number;
  run_id: string;
  name: string;
  state: DrainState;
  service_json: string;
  owner_pid: number;
  owner_started_at: string;
  restorer_pid: number | null;
  restorer_started_at: string | null;
  attempts: number;
  last_error: string | null;
  created_utc: string;
}

const NO_RESTORER = { restorer_pid: null, restorer_started_at: null };

export class DrainJournal {
  readonly #db: Db;
  readonly #utc: () => string;

  constructor(db: Db, utc: () => string) {
    this.#db = db;
    this.#utc = utc;
  }

  /** Write down what is about to be taken out. On disk when this returns. @returns the entry's id */
  intend(runId: string, service: Drained, owner: Owner): number {
    const now = this.#utc();
    return this.#durably("journal.intend", () =>
      insertRow(this.#db, "drain_journal", {
        run_id: runId,
        kind: service.kind,
        name: drainedName(service),
        state: "intended",
        service_json: JSON.stringify(service),
        owner_pid: owner.pid,
        owner_started_at: owner.pidStartedAt,
        created_utc: now,
        updated_utc: now,
      }),
    );
  }

  /** Write down that its processes are about to be told to end, by us and not by launchd. On disk when this returns. */
  tell(id: number): void {
    this.#durably("journal.told", () =>
      this.#db
        .prepare(
          "UPDATE drain_journal SET service_json = json_set(service_json, '$.told', json('true')), updated_utc = ? WHERE id = ?",
        )
        .run(this.#utc(), id),
    );
  }

  /** Mark an entry whose service is proven to be gone. */
  markOut(id: number): void {
    this.#durably("journal.out", () =>
      updateRows(this.#db, "drain_journal", { state: "out", updated_utc: this.#utc() }, "id = @id", { id }),
    );
  }

  /** Settle a claimed entry. One that is closed forgets the environment of a foreground process. */
  settle(id: number, state: "restored" | "left_out" | "failed", lastError: string | null): void {
    const row = { state, last_error: lastError, updated_utc: this.#utc(), ...NO_RESTORER };
    this.#durably("journal.settle", () => {
      updateRows(this.#db, "drain_journal", row, "id = @id", { id });
      if (state === "failed") return;
      this.#db
        .prepare("UPDATE drain_journal SET service_json = json_replace(service_json, '$.env', NULL) WHERE id = ?")
        .run(id);
    });
  }

  /** Count one try at bringing it back and why it did not succeed. */
  attempted(id: number, error: string): void {
    this.#durably("journal.attempted", () =>
      this.#db
        .prepare("UPDATE drain_journal SET attempts = attempts + 1, last_error = ?, updated_utc = ? WHERE id = ?")
        .run(error, this.#utc(), id),
    );
  }

  /** Entries that are not closed, newest first: the order in which they are brought back. */
  open(): JournalEntry[] {
    return this.#entries("state IN ('intended', 'out') ORDER BY id DESC");
  }

  /** All entries of a run, oldest first. */
  ofRun(runId: string): JournalEntry[] {
    return this.#entries("run_id = ? ORDER BY id", runId);
  }

  /** Entries that could not be brought back and wait for `restore`. */
  failed(): JournalEntry[] {
    return this.#entries("state = 'failed' ORDER BY id DESC");
  }

  /**
   * Become the only one who brings this entry back; whoever died while at it is replaced.
   * @returns false if another living process is at it, or the entry is no longer in `state`
   */
  claim(id: number, state: DrainState, restorer: Owner, isAlive: IsAlive): boolean {
    return this.#durably("journal.claim", () => {
      const row = this.#db.prepare<[number], Row>("SELECT * FROM drain_journal WHERE id = ?").get(id);
      if (row?.state !== state) return false;
      const { restorer_pid: pid, restorer_started_at: startedAt } = row;
      const own = pid === restorer.pid && startedAt === restorer.pidStartedAt;
      if (pid !== null && !own && isAlive(pid, startedAt ?? "unknown")) return false;
      const claim = { restorer_pid: restorer.pid, restorer_started_at: restorer.pidStartedAt };
      updateRows(this.#db, "drain_journal", claim, "id = @id", { id });
      return true;
    });
  }

  #entries(where: string, ...values: string[]): JournalEntry[] {
    return this.#db
      .prepare<string[], Row>(`SELECT * FROM drain_journal WHERE ${where}`)
      .all(...values)
      .map((row) => ({
        id: row.id,
        runId: row.run_id,
        name: row.name,
        state: row.state,
        service: drainedSchema.parse(JSON.parse(row.service_json)),
        owner: { pid: row.owner_pid, pidStartedAt: row.owner_started_at },
        restorer:
          row.restorer_pid === null
            ? null
            : { pid: row.restorer_pid, pidStartedAt: row.restorer_started_at ?? "unknown" },
        attempts: row.attempts,
        lastError: row.last_error,
        createdUtc: row.created_utc,
      }));
  }

  #durably<T>(name: string, write: () => T): T {
    return durably(name, this.#db, write);
  }
}
