// How a trial is called and its interval read, also in rows of other programs. Source: contract §11 (columns of tune_trials).
import { shortModel } from "../units.ts";
import { cellName } from "../knobs.ts";
import type { TrialRow } from "./read-model.ts";

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
