// What comparing needs of one stored run. Source: contract §3 (`compare`).
import type { ComparedRun } from "./compare-runs.ts";
import type { RunRow } from "../runs/read-model.ts";
import type { Readers } from "../runs/readers.ts";
import { storedResult } from "../runs/stored-result.ts";

/** Read a run's winner with its replicates. */
export function comparedRun(readers: Readers, run: RunRow): ComparedRun {
  const kept = readers.trials(run.run_id).find((trial) => trial.id === run.kept_trial_id) ?? null;
  return { run, result: storedResult(run), kept, replicates: kept ? readers.replicates(kept.id) : [] };
}
