// What became of every candidate of a run, also of runs that never got far and of rows that other programs wrote.
// Source: contract §7 (verdicts), §10 (alternates, infeasible), §15 (each candidate with its verdict and reason).
import type { RunRow, TrialRow } from "./read-model.ts";
import type { RunResult } from "../result/recipe.ts";

export type Verdict = "chosen" | "feasible" | "infeasible" | "not probed" | "not reached" | "under way";

export interface CandidateVerdict {
  /** 1-based place in the list; null for models that no list names. */
  rank: number | null;
  model: string;
  verdict: Verdict;
  reason: string | null;
  /** Its Stage 1 measurement; null if there was none. */
  trial: TrialRow | null;
}

/** In the order of the list, then models that only have trials. */
export function candidateVerdicts(
  run: RunRow,
  result: RunResult | null,
  trials: readonly TrialRow[],
): CandidateVerdict[] {
  const listed = run.candidate_models_json ?? result?.inputs.candidate_models ?? [];
  const unlisted = trials.flatMap(({ model }) => (model !== null && !listed.includes(model) ? [model] : []));
  const chosen =
    result?.recommendation?.model ?? trials.find((trial) => trial.kept || trial.stage === 2)?.model ?? null;
  return [...listed, ...new Set(unlisted)].map((model, index) => {
    const trial = trials.find((one) => one.stage === 1 && one.model === model) ?? null;
    const rank = index < listed.length ? index + 1 : null;
    return { rank, model, trial, ...verdictOf(model, trial, chosen, result, run) };
  });
}

function verdictOf(
  model: string,
  trial: TrialRow | null,
  chosen: string | null,
  result: RunResult | null,
  run: RunRow,
): { verdict: Verdict; reason: string | null } {
  if (model === chosen) return { verdict: "chosen", reason: null };
  const misfit = result?.infeasible.find((one) => one.model === model);
  if (misfit) return { verdict: "infeasible", reason: misfit.reason };
  if (trial?.fits) return { verdict: "feasible", reason: null };
  if (trial?.state === "running")
    return run.state === "active"
      ? { verdict: "under way", reason: null }
      : { verdict: "not reached", reason: "the run ended while it was measured" };
  if (trial) return { verdict: "infeasible", reason: trial.reason ?? trial.notes };
  if (result?.alternates.includes(model)) return { verdict: "not probed", reason: "smaller than the chosen one" };
  return { verdict: chosen === null ? "not reached" : "not probed", reason: null };
}
