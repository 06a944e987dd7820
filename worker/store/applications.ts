// The writer's side of applications: one at a time, intent before action, every step kept, and who was at work when it died.
// Each write reaches the disk before the next step is taken.
import * as z from "zod";
import { AutotuneError } from "../core/errors.ts";
import { configEditSchema, type ConfigEdit } from "../core/config/config-step.ts";
import { STEPS } from "../core/runs/stuck-recipe.ts";
import type { ApplicationRow } from "../core/runs/read-model.ts";
import { activePlace, type IsAlive, type Owner } from "./active-place.ts";
import type { Db } from "./schema/db.ts";
import { durably } from "./durable.ts";
import { insertRow, updateRows } from "./rows.ts";

export type ApplicationState = ApplicationRow["state"];

export interface NewApplication {
  runId: string;
  provider: string;
  model: string;
  configPath: string;
  edits: ConfigEdit[];
  /** null = there is no file yet. */
  beforeSha256: string | null;
  afterSha256: string;
}

interface Working {
  id: number;
  owner_pid: number;
  owner_started_at: string;
}

export class Applications {
  readonly #db: Db;
  readonly #utc: () => string;

  constructor(db: Db, utc: () => string) {
    this.#db = db;
    this.#utc = utc;
  }

  /**
   * Write down what is about to be written. On disk when this returns. @returns the application's id
   * @throws AutotuneError busy if a run or another application is under way
   */
  begin(application: NewApplication, owner: Owner, isAlive: IsAlive): number {
    return durably("application.begin", this.#db, () => {
      this.#refuseIfBusy(owner, isAlive);
      const now = this.#utc();
      return insertRow(this.#db, "recipe_applications", {
        run_id: application.runId,
        provider: application.provider,
        model: application.model,
        at_utc: now,
        updated_utc: now,
        state: "writing",
        config_path: application.configPath,
        edits_json: JSON.stringify(application.edits),
        before_sha256: application.beforeSha256,
        after_sha256: application.afterSha256,
        owner_pid: owner.pid,
        owner_started_at: owner.pidStartedAt,
      });
    });
  }

  /** Work on an application again, to revert it or to see its restart through. @throws AutotuneError busy as `begin` */
  resume(id: number, owner: Owner, isAlive: IsAlive): void {
    durably("application.resume", this.#db, () => {
      this.#refuseIfBusy(owner, isAlive);
      this.#update(id, { owner_pid: owner.pid, owner_started_at: owner.pidStartedAt });
    });
  }

  /** Move on: the state that now holds (if it changes), with the step that led there. */
  step(id: number, step: string, outcome: { ok: boolean; detail?: string | null; state?: ApplicationState }): void {
    durably("application.step", this.#db, () => {
      this.#note(id, step, outcome.ok, outcome.detail ?? null);
      if (outcome.state !== undefined) this.#update(id, { state: outcome.state });
    });
  }

  /** Keep where the old file lies. */
  backedUp(id: number, backupPath: string | null): void {
    durably("application.backed-up", this.#db, () => this.#update(id, { backup_path: backupPath }));
  }

  /** The work on it is over; nobody owns it any more. */
  release(id: number): void {
    durably("application.release", this.#db, () => this.#update(id, { owner_pid: null, owner_started_at: null }));
  }

  /** What an application did, with all that undoing it needs. */
  edits(id: number): ConfigEdit[] {
    const sql = "SELECT edits_json FROM recipe_applications WHERE id = ?";
    const text = this.#db.prepare<[number], string>(sql).pluck().get(id);
    return z.array(configEditSchema).parse(JSON.parse(text ?? "[]"));
  }

  /** Backups that applying and reverting made of a config, newest first, whether or not they are there still. */
  backups(configPath: string): string[] {
    const sql = `SELECT s.detail FROM recipe_application_steps s JOIN recipe_applications a ON a.id = s.application_id
      WHERE a.config_path = ? AND s.ok = 1 AND s.detail IS NOT NULL AND s.step IN ('${STEPS.written}', '${STEPS.putBack}')
      ORDER BY s.id DESC`;
    return this.#db.prepare<[string], string>(sql).pluck().all(configPath);
  }

  /** Ids of applications whose process died at work, oldest first. */
  abandoned(isAlive: IsAlive): number[] {
    return this.#working()
      .filter((row) => !isAlive(row.owner_pid, row.owner_started_at))
      .map((row) => row.id);
  }

  /** @throws AutotuneError busy if a living process applies or reverts a recipe. Call it inside a transaction. */
  refuseWhileApplying(isAlive: IsAlive): void {
    const at = this.#working().find((row) => isAlive(row.owner_pid, row.owner_started_at));
    if (at === undefined) return;
    throw new AutotuneError("busy", `a recipe is being applied or reverted (pid ${at.owner_pid})`, {
      remedy: "Wait until it is through, then repeat.",
    });
  }

  #refuseIfBusy(owner: Owner, isAlive: IsAlive): void {
    const run = activePlace(this.#db);
    if (run !== null && isAlive(run.pid, run.pidStartedAt))
      throw new AutotuneError("busy", `run ${run.runId} is active (pid ${run.pid}); its provider must stay as it is`, {
        remedy: "Wait for it (`mlx-autotune status --watch`) or end it (`mlx-autotune cancel`), then repeat.",
      });
    this.refuseWhileApplying((pid, start) => !isOwner(owner, pid, start) && isAlive(pid, start));
  }

  #working(): Working[] {
    const sql =
      "SELECT id, owner_pid, owner_started_at FROM recipe_applications WHERE owner_pid IS NOT NULL ORDER BY id";
    return this.#db.prepare<[], Working>(sql).all();
  }

  #note(id: number, step: string, ok: boolean, detail: string | null): void {
    insertRow(this.#db, "recipe_application_steps", {
      application_id: id,
      at_utc: this.#utc(),
      step,
      ok: ok ? 1 : 0,
      detail,
    });
  }

  #update(id: number, row: Record<string, string | number | null>): void {
    updateRows(this.#db, "recipe_applications", { ...row, updated_utc: this.#utc() }, "id = @id", { id });
    if ("state" in row) this.#db.exec(MARK_APPLIED_RUNS);
  }
}

/** A run is applied while its application is the newest one in force for its config. Runs never applied here keep their mark. */
const MARK_APPLIED_RUNS = `
  UPDATE tune_runs
  SET applied = run_id IN (SELECT run_id FROM v_applications WHERE is_current)
  WHERE run_id IN (SELECT run_id FROM recipe_applications)`;

const isOwner = (owner: Owner, pid: number, startedAt: string): boolean =>
  owner.pid === pid && owner.pidStartedAt === startedAt;
