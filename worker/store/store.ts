// The writer's side of the database: runs begin, are refused, are closed after a sudden death, and grow old here.
// Only the worker opens a Store.
import { dirname, join } from "node:path";
import { AutotuneError, type ExitReason } from "../core/errors.ts";
import type { Inputs } from "../core/settings/inputs.ts";
import { step } from "../step.ts";
import { activePlace, claim, closeIfDead, type ActivePlace, type IsAlive, type Owner } from "./active-place.ts";
import { Applications } from "./applications.ts";
import { clearSuspect, crashSuspects, type CrashSuspect } from "./crash-suspects.ts";
import { openDatabase } from "./database.ts";
import type { Db } from "./schema/db.ts";
import { DrainJournal } from "./drain-journal.ts";
import { importDatabase, importDocument, type Imported } from "./import-runs.ts";
import { Readers } from "../core/runs/readers.ts";
import { removeRun, retainNewest } from "./retention.ts";
import { insertRow } from "./rows.ts";
import { readRunDocument, type RunDocument } from "./run-document.ts";
import { StoredRun } from "./run-journal.ts";
import { Sweeps } from "./sweeps.ts";
import { oweEnd, Untold } from "./untold.ts";

export type { IsAlive, Owner } from "./active-place.ts";

/** A run as it begins; what is not known yet (machine, candidates) comes with `described`. */
export interface NewRun {
  runId: string;
  /** ISO 8601 UTC. */
  startedAt: string;
  specVersion: string;
  inputs: Partial<Inputs>;
  /** The run that it takes up. */
  resumedFrom?: string | null;
  /** What a click on its notification opens. */
  link?: string | null;
}

/**
 * Open the database at `path` for writing, creating and migrating it as needed.
 * @param utc the clock of every time that is written, ISO 8601 UTC
 * @throws AutotuneError config_error naming the path and what to do
 */
export function openStore(path: string, utc: () => string = () => new Date().toISOString()): Store {
  return new Store(openDatabase(path), utc);
}

export class Store {
  readonly readers: Readers;
  readonly drains: DrainJournal;
  readonly applications: Applications;
  readonly sweeps: Sweeps;
  readonly untold: Untold;
  readonly #db: Db;
  readonly #utc: () => string;

  constructor(db: Db, utc: () => string) {
    this.#db = db;
    this.#utc = utc;
    this.readers = new Readers(db);
    this.drains = new DrainJournal(db, utc);
    this.applications = new Applications(db, utc);
    this.sweeps = new Sweeps(db, utc);
    this.untold = new Untold(db, utc);
  }

  /**
   * Write the run's row, take the only active place and owe the user its end: all or nothing. A dead owner's run is closed first.
   * @param bootId of platform/processes/boot-id.ts; null where it cannot be told
   * @throws AutotuneError busy if another run is active, or a recipe is being applied
   */
  beginRun(run: NewRun, owner: Owner, isAlive: IsAlive, bootId: string | null = null): StoredRun {
    const begin = this.#db.transaction(() => {
      closeIfDead(this.#db, isAlive, bootId);
      this.applications.refuseWhileApplying(isAlive);
      insertRow(this.#db, "tune_runs", { ...runRow(run), boot_id: bootId });
      claim(this.#db, run.runId, owner, this.#utc(), bootId);
      oweEnd(this.#db, run.runId, owner, run.link ?? null);
    });
    step("run.begin", () => begin.immediate());
    return new StoredRun(this.#db, run.runId, this.#utc);
  }

  /** Write the finished row of a run that never started, e.g. for a bad axis or a live provider. Takes no active place. */
  recordRejected(run: NewRun, exitReason: ExitReason, detail: string): void {
    const end = { ended_at_utc: this.#utc(), exit_reason: exitReason, exit_detail: detail };
    step("run.reject", () => insertRow(this.#db, "tune_runs", { ...runRow(run), ...end }));
  }

  /** Close the active run if its worker is dead. @returns ids of the closed runs, at most one. */
  closeDeadRuns(isAlive: IsAlive, bootId: string | null = null): string[] {
    if (this.readers.activeRun() === null) return []; // spares the write lock
    const close = this.#db.transaction(() => closeIfDead(this.#db, isAlive, bootId));
    const closed = step("run.close-dead", () => close.immediate());
    return closed === null ? [] : [closed];
  }

  /** Who holds the active place, dead or alive; null if it is free. */
  activePlace(): ActivePlace | null {
    return activePlace(this.#db);
  }

  /** Candidates during whose start the machine went down. */
  crashSuspects(): CrashSuspect[] {
    return crashSuspects(this.#db);
  }

  /** Forget a suspect that has served since. */
  clearCrashSuspect(model: string): void {
    step("suspect.clear", () => clearSuspect(this.#db, model));
  }

  /** Add a note to a run that is not ours. */
  noteOn(runId: string, kind: string, text: string): void {
    const row = { run_id: runId, at_utc: this.#utc(), kind, text };
    step("note.add", () => insertRow(this.#db, "tune_notes", row));
  }

  /** Where logs and private files of runs lie: beside the database, a folder per run. */
  get logFolder(): string {
    return join(dirname(this.#db.name), "logs");
  }

  /**
   * Remove all but the newest `keep` runs and what hangs on them; call it after the new run's row is written.
   * @returns ids of the removed runs
   * @throws AutotuneError config_error if `keep` is no whole number ≥ 1
   */
  retain(keep: number): string[] {
    return step("runs.retain", () => retainNewest(this.#db, keep));
  }

  /**
   * Remove one run and what hangs on it.
   * @throws AutotuneError config_error if it is active, applied, or open somewhere; nothing is changed then
   */
  deleteRun(runId: string): void {
    step("runs.delete", () => removeRun(this.#db, runId));
  }

  /**
   * Import the runs of another database. The file stays as it is.
   * @throws AutotuneError config_error if it is no such database
   */
  importDatabase(path: string): Imported {
    return step("import.database", () => importDatabase(this.#db, path));
  }

  /** Import an exported run, parsed. @throws AutotuneError config_error naming what is wrong in it */
  importDocument(value: unknown, path: string): Imported {
    return step("import.document", () => importDocument(this.#db, value, path));
  }

  /** One run with all that hangs on it; null if there is none. */
  exportRun(runId: string): RunDocument | null {
    return readRunDocument(this.#db, runId);
  }

  /**
   * Let nothing begin in this database any more, also for whoever has it open: the last thing before its files are removed.
   * @throws AutotuneError busy if a run or an application is under way
   */
  retire(isAlive: IsAlive): void {
    const retire = this.#db.transaction(() => {
      const run = activePlace(this.#db);
      if (run !== null && isAlive(run.pid, run.pidStartedAt))
        throw new AutotuneError("busy", `run ${run.runId} is active (pid ${run.pid})`);
      this.applications.refuseWhileApplying(isAlive);
      this.#db.exec("DROP TABLE tune_active");
    });
    step("database.retire", () => retire.immediate());
  }

  /** What SQLite finds wrong with the file; null if nothing. Reads all of it. */
  damage(): string | null {
    const found = this.#db.pragma("integrity_check(1)", { simple: true }) as string;
    return found === "ok" ? null : found;
  }

  close(): void {
    this.#db.close();
  }
}

function runRow(run: NewRun) {
  const { inputs } = run;
  return {
    run_id: run.runId,
    started_at_utc: run.startedAt,
    spec_version: run.specVersion,
    target_context: inputs.targetContext ?? null,
    candidate_models_json: inputs.candidateModels == null ? null : JSON.stringify(inputs.candidateModels),
    stage1_replicates: inputs.stage1Replicates ?? null,
    stage2_replicates: inputs.stage2Replicates ?? null,
    gate_ttft_ms: inputs.gateTtftMs ?? null,
    tps_tie_epsilon: inputs.tpsTieEpsilon ?? null,
    provider: inputs.provider ?? null,
    method: inputs.method ?? null,
    seed: inputs.seed ?? null,
    inputs_json: JSON.stringify(inputs),
    resumed_from: run.resumedFrom ?? null,
    applied: 0,
  };
}
