// What the views of runs read, each in one transaction: plain functions for useDatabase. The clock and the look for living processes
// are here, so that everything that is drawn from it is pure. Source: contract §11 (views only), §14.
import { compareRuns } from "../../../worker/core/compare/compare-runs.ts";
import { comparedRun } from "../../../worker/core/compare/compared-run.ts";
import type { Comparison } from "../../../worker/core/result/comparison-schema.ts";
import { driftLines, type DriftLine } from "../../../worker/core/runs/drift.ts";
import { AutotuneError } from "../../../worker/core/errors.ts";
import type * as model from "../../../worker/core/runs/read-model.ts";
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { storedResult } from "../../../worker/core/runs/stored-result.ts";
import { applicationAlarms } from "../../../worker/core/runs/stuck-recipe.ts";
import { trialName } from "../../../worker/core/runs/trial-name.ts";
import { alarmsOf, type RunAlarm } from "./run-alarms.ts";
import { isGone } from "./run-alive.ts";
import type { RunSummary } from "./run-summary.ts";

export interface RunList {
  /** Newest first. */
  runs: RunSummary[];
  active: model.ActiveRow | null;
  alarms: RunAlarm[];
  /** When it was read. */
  nowMs: number;
}

/** All runs, without their trials. */
export function readRunList(readers: Readers): RunList {
  const active = readers.activeRun();
  const current = readers.applications().filter((one) => one.is_current);
  return {
    runs: readers.runs().map((run) => summaryOf(run, active, current)),
    active,
    alarms: alarmsOf(readers.drains(), applicationAlarms(readers), active, isGone),
    nowMs: Date.now(),
  };
}

function summaryOf(run: model.RunRow, active: model.ActiveRow | null, current: model.ApplicationRow[]): RunSummary {
  const result = storedResult(run);
  return {
    run,
    result,
    recipe: result?.recommendation ?? null,
    application: current.find((one) => one.run_id === run.run_id) ?? null,
    config: null,
    active: active?.run_id === run.run_id ? active : null,
  };
}

/** What is known of a run beyond its row. */
export interface RunDetails {
  summary: RunSummary;
  trials: model.TrialRow[];
  notes: model.NoteRow[];
  drift: DriftLine[];
  /** How many starts of the provider are stored. */
  visits: number;
  nowMs: number;
}

/** @returns null if there is no such run any more */
export function readRun(readers: Readers, runId: string): RunDetails | null {
  const run = findRun(readers, runId);
  if (run === null) return null;
  const current = readers.applications(runId).filter((one) => one.is_current);
  const trials = readers.trials(runId);
  const visits = readers.visits(runId);
  const cells = trials.filter((trial) => trial.stage === 2);
  const speeds = Map.groupBy(readers.speeds(runId), (one) => one.trial_id);
  return {
    summary: summaryOf(run, readers.activeRun(), current),
    trials,
    notes: readers.notes(runId),
    drift: driftLines(
      cells.map((trial) => ({
        name: trialName(trial),
        visits: visits.filter((visit) => visit.trial_id === trial.id),
        replicates: speeds.get(trial.id) ?? [],
      })),
    ),
    visits: visits.length,
    nowMs: Date.now(),
  };
}

function findRun(readers: Readers, runId: string): model.RunRow | null {
  try {
    return readers.run(runId);
  } catch (error) {
    if (error instanceof AutotuneError && error.code === "not_found") return null;
    throw error;
  }
}

/** The timed requests of one trial. */
export function readReplicates(readers: Readers, trialId: number): model.ReplicateRow[] {
  return readers.replicates(trialId);
}

/** Two runs side by side, the earlier first. @returns null if one of them is no more */
export function readComparison(readers: Readers, wasId: string, nowId: string): Comparison | null {
  const [was, now] = [findRun(readers, wasId), findRun(readers, nowId)];
  return was && now ? compareRuns(comparedRun(readers, was), comparedRun(readers, now)) : null;
}
