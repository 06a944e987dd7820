// The active run's writer: every call is one short transaction, so that what was measured is never lost.
// Source: contract §11; the interface is RunJournal of context.ts.
import type { NewTrial, Phase, Progress, RunEnd, RunJournal, VisitConditions } from "../context.ts";
import { AutotuneError } from "../core/errors.ts";
import type { Machine } from "../core/settings/inputs.ts";
import type { TrialFigures, Visit } from "../core/measure/measurement.ts";
import type { Belief } from "../core/search/belief.ts";
import type { Cell } from "../core/search/search.ts";
import { step } from "../step.ts";
import { closePhases, release } from "./active-place.ts";
import type { Db } from "./schema/db.ts";
import { durably } from "./durable.ts";
import { NumberSieve } from "./numbers.ts";
import { insertRow, updateRows } from "./rows.ts";
import { copyVisits, type CopiedTrials } from "./carry-over.ts";
import { beliefRow, conditionsRow, figuresRow, knobsKey, newTrialRow, replicateRow, visitRow } from "./trial-rows.ts";

/** The place of a run in its timeline: a new phase begins where one of these changes. */
type Where = Pick<Progress, "phase" | "stage" | "candidate" | "cell">;

const keyOf = ({ phase, stage, candidate, cell }: Where): string => JSON.stringify([phase, stage, candidate, cell]);

export class StoredRun implements RunJournal {
  readonly runId: string;
  readonly #db: Db;
  readonly #utc: () => string;
  #where = "";
  /** Names of progress figures already noted as no numbers: once per run is enough. */
  readonly #noted = new Set<string>();

  /** For a run whose row is written and that holds the active place. */
  constructor(db: Db, runId: string, utc: () => string) {
    this.#db = db;
    this.runId = runId;
    this.#utc = utc;
  }

  described(facts: { machine: Machine; candidates: string[]; provider: string; plannedCells: number | null }): void {
    this.#write("run.described", (sieve) => {
      const row = {
        provider: facts.provider,
        candidate_models_json: JSON.stringify(facts.candidates),
        planned_cells: sieve.take("planned_cells", facts.plannedCells),
        binary_version: facts.machine.binary_version,
        machine_ram_gb: sieve.take("machine_ram_gb", facts.machine.ram_gb),
        machine_chip: facts.machine.chip,
        machine_os_version: facts.machine.os_version,
        simulated: facts.machine.simulated ? 1 : 0,
      };
      updateRows(this.#db, "tune_runs", row, "run_id = @run_id", { run_id: this.runId });
    });
  }

  phase(progress: Progress): void {
    const key = keyOf(progress);
    this.#write("run.phase", (sieve, now) => {
      this.#beat(progress, sieve, now);
      if (key !== this.#where) this.#enter(progress, progress.detail, now);
    });
    this.#where = key;
  }

  progress(progress: Progress): void {
    this.#write("run.progress", (sieve, now) => this.#beat(progress, sieve, now));
  }

  /** On disk when it returns: if the machine goes down with this candidate, the next start must know. */
  candidateGroup(group: { pid: number; startedAt: string } | null): void {
    const row = { candidate_pid: group?.pid ?? null, candidate_started_at: group?.startedAt ?? null };
    durably("run.candidate", this.#db, () =>
      updateRows(this.#db, "tune_active", row, "run_id = @run_id", { run_id: this.runId }),
    );
  }

  trialStarted(trial: NewTrial): number {
    return this.#write("run.trial", (_sieve, now) => {
      const known = this.#knownTrial(trial);
      if (known === undefined)
        return insertRow(this.#db, "tune_trials", { ...newTrialRow(this.runId, trial, now), state: "running" });
      updateRows(this.#db, "tune_trials", { state: "running" }, "id = @id", { id: known });
      return known;
    });
  }

  searchStarted(cells: readonly Cell[]): void {
    const text = JSON.stringify(cells.map(({ knobs, incumbent }) => ({ knobs, incumbent })));
    this.#write("run.search", () =>
      updateRows(this.#db, "tune_runs", { cells_json: text }, "run_id = @run_id", { run_id: this.runId }),
    );
  }

  /**
   * Copy finished visits of a dead run into this one, in one transaction.
   * @param visitIds in the order in which they ended
   * @param figures of trials that do not get all of their visits, by the original's id
   */
  carryOver(from: string, visitIds: readonly number[], figures: ReadonlyMap<number, TrialFigures>): CopiedTrials {
    return this.#write("run.carry-over", (sieve) => {
      const trials = copyVisits(this.#db, from, this.runId, visitIds);
      for (const [original, trialId] of trials) {
        const fewer = figures.get(original);
        if (fewer) this.#updateTrial(trialId, figuresRow(fewer, sieve));
      }
      return trials;
    });
  }

  visitEnded(
    trialId: number,
    visit: Visit,
    figures: TrialFigures,
    conditions?: VisitConditions,
    belief: Belief | null = null,
  ): void {
    this.#write(
      "run.visit",
      (sieve, now) => {
        this.#updateTrial(trialId, { ...figuresRow(figures, sieve), state: "done" });
        const visitId = insertRow(this.#db, "tune_visits", {
          ...visitRow(trialId, visit, now, sieve),
          ...conditionsRow(conditions, sieve),
          ...beliefRow(belief, sieve),
        });
        visit.replicates.forEach((replicate, ordinal) =>
          insertRow(this.#db, "tune_replicates", replicateRow(visitId, ordinal, replicate, sieve)),
        );
      },
      `trial ${trialId}`,
    );
  }

  kept(trialId: number): void {
    this.#write("run.kept", () => {
      const run = { run_id: this.runId };
      updateRows(this.#db, "tune_trials", { kept: 0 }, "run_id = @run_id AND kept <> 0", run);
      this.#updateTrial(trialId, { kept: 1 });
    });
  }

  note(kind: string, text: string): void {
    this.#write("run.note", (_sieve, now) => this.#note(kind, text, now));
  }

  /** Keep the result before anything that may still fail; the run goes on. */
  found(recommendationJson: string, recipeHash: string | null): void {
    const where = { phase: "restoring", stage: 0, candidate: null, cell: null } as const;
    this.#write("run.found", (_sieve, now) => {
      const row = { recommendation_json: recommendationJson, recipe_hash: recipeHash };
      updateRows(this.#db, "tune_runs", row, "run_id = @run_id", { run_id: this.runId });
      this.#enter(where, null, now);
      updateRows(
        this.#db,
        "tune_active",
        { phase: where.phase, heartbeat_utc: now, cell: null, detail: null, live_tps: null },
        "run_id = @run_id",
        { run_id: this.runId },
      );
    });
    this.#where = keyOf(where);
  }

  /** End the run and give the active place back. Only the first call does something. */
  ended(end: RunEnd): void {
    this.#write("run.ended", (sieve, now) => {
      const row = {
        ended_at_utc: now,
        exit_reason: end.exitReason,
        exit_detail: end.detail,
        recommendation_json: end.recommendationJson,
        recipe_hash: end.recipeHash,
        thermal_drift: sieve.take("thermal_drift", end.thermalDrift),
      };
      const open = "run_id = @run_id AND ended_at_utc IS NULL";
      if (updateRows(this.#db, "tune_runs", row, open, { run_id: this.runId }) === 0) return;
      this.#settleTrials();
      this.#enter({ phase: "done", stage: 0, candidate: null, cell: null }, end.exitReason, now);
      closePhases(this.#db, this.runId, now);
      release(this.#db, this.runId);
    });
  }

  /**
   * A trial whose only visit was cut short says nothing about its candidate (contract §7: an interrupt is never counted
   * as a failure), so it goes; one with earlier visits keeps their figures.
   */
  #settleTrials(): void {
    const unfinished = "run_id = @run_id AND state = 'running'";
    const run = { run_id: this.runId };
    this.#db
      .prepare(`DELETE FROM tune_trials WHERE ${unfinished} AND id NOT IN (SELECT trial_id FROM tune_visits)`)
      .run(run);
    updateRows(this.#db, "tune_trials", { state: "done" }, unfinished, run);
  }

  #knownTrial(trial: NewTrial): number | undefined {
    const sql = "SELECT id FROM tune_trials WHERE run_id = ? AND stage = ? AND model = ? AND knobs_json = ?";
    const key = [this.runId, trial.stage, trial.model, knobsKey(trial.knobs)];
    return this.#db
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .get(...key);
  }

  #updateTrial(trialId: number, row: Record<string, string | number | null>): void {
    const keys = { id: trialId, run_id: this.runId };
    if (updateRows(this.#db, "tune_trials", row, "id = @id AND run_id = @run_id", keys) === 1) return;
    throw new AutotuneError("internal_error", `run ${this.runId} has no trial ${trialId}`);
  }

  /** Write progress and heartbeat. @throws internal_error if the place is no longer ours, so that two never run. */
  #beat(progress: Progress, sieve: NumberSieve, now: string): void {
    const row = {
      heartbeat_utc: now,
      phase: progress.phase,
      stage: progress.stage,
      candidate: progress.candidate,
      cell: progress.cell,
      detail: progress.detail,
      share: sieve.take("share", progress.share),
      eta_seconds: sieve.take("eta_seconds", progress.etaSeconds),
      live_tps: sieve.take("live_tps", progress.liveTps),
    };
    if (updateRows(this.#db, "tune_active", row, "run_id = @run_id", { run_id: this.runId }) === 1) return;
    throw new AutotuneError("internal_error", `run ${this.runId} is no longer the active run`);
  }

  #enter(where: Where & { phase: Phase }, detail: string | null, now: string): void {
    closePhases(this.#db, this.runId, now);
    const { phase, stage, candidate, cell } = where;
    insertRow(this.#db, "tune_phases", {
      run_id: this.runId,
      phase,
      stage,
      candidate,
      cell,
      detail,
      started_at_utc: now,
    });
  }

  #note(kind: string, text: string, now: string): void {
    insertRow(this.#db, "tune_notes", { run_id: this.runId, at_utc: now, kind, text });
  }

  /** Run one transaction, a step; numbers that were none are noted with it, once per name and subject. */
  #write<T>(name: string, body: (sieve: NumberSieve, nowUtc: string) => T, subject = "run"): T {
    const sieve = new NumberSieve();
    const now = this.#utc();
    const write = this.#db.transaction(() => {
      const result = body(sieve, now);
      for (const dropped of sieve.dropped) this.#noteOnce(`${subject}: ${dropped}, stored as NULL`, now);
      return result;
    });
    return step(name, () => write.immediate());
  }

  #noteOnce(text: string, now: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.#note("number", text, now);
  }
}
