// What a report of a run is made from, and how its trials are called. Source: contract §11 (views), §15 (report).
import { shortModel } from "../core/format.ts";
import { cellName } from "../core/knobs.ts";
import type {
  ApplicationRow,
  NoteRow,
  ReplicateRow,
  RunRow,
  TimelineRow,
  TrialRow,
  VisitRow,
} from "../core/read-model.ts";
import type { RunResult } from "../core/recipe.ts";

/** All that is known of a run. */
export interface RunFacts {
  run: RunRow;
  /** The stored result document; null while there is none, and in rows of other programs. */
  result: RunResult | null;
  trials: TrialRow[];
  visits: VisitRow[];
  /** Of all trials, by visit and then in order. */
  replicates: ReplicateRow[];
  timeline: TimelineRow[];
  notes: NoteRow[];
  applications: ApplicationRow[];
}

/** Name a trial: its cell, or its model where that is what was compared. */
export function trialName(trial: TrialRow): string {
  if (trial.stage === 1) return trial.model === null ? "unknown model" : shortModel(trial.model);
  return cellName(
    trial.knobs_json ?? {
      kv_bits: trial.kv_bits === 4 || trial.kv_bits === 8 ? trial.kv_bits : null,
      max_concurrency_override: trial.max_batch,
      max_context_override: trial.max_context_cap,
    },
  );
}

/** Both ends of the stored 95 % interval, tokens/s; null if one is missing. */
export function intervalOf({ interval_low, interval_high }: TrialRow): [number, number] | null {
  return interval_low === null || interval_high === null ? null : [interval_low, interval_high];
}
