// The result document of a run, whatever its end was; also of a run that was refused before it began.
// Source: contract §10, and §3: with --json stdout is exactly one document.
import type { TuneEnd } from "../../autotune.ts";
import type { Inputs, Machine } from "../../core/settings/inputs.ts";
import { recipeHash, SPEC_VERSION, type RunResult } from "../../core/result/recipe.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import type { Prepared } from "./prepare.ts";

/** Nothing was asked of the machine yet. */
const UNKNOWN_MACHINE: Machine = {
  ram_gb: 0,
  chip: "unknown",
  os_version: "unknown",
  binary_version: "unknown",
  simulated: false,
};

/** @param prepared null if the run ended before provider and candidates were known */
export function resultOf(
  run: { runId: string; startedAt: string },
  inputs: Inputs,
  prepared: Prepared | null,
  end: Omit<TuneEnd, "stopped" | "search">,
  resumed: Pick<RunResult, "resumed_from" | "taken_over"> = { resumed_from: null, taken_over: null },
): RunResult {
  const machine = prepared?.machine ?? UNKNOWN_MACHINE;
  const candidates = prepared?.candidates.map((candidate) => candidate.id) ?? inputs.candidateModels ?? [];
  const { recommendation } = end;
  return {
    spec_version: SPEC_VERSION,
    run_id: run.runId,
    started_at: run.startedAt,
    ended_at: systemClock.utc(),
    machine,
    inputs: inputsOf(inputs, prepared?.provider.id ?? inputs.provider, candidates),
    recommendation,
    alternates: end.alternates,
    infeasible: end.verdicts.map(({ id, rank, misfit }) => ({
      model: id,
      rank,
      reason: misfit.reason,
      class: misfit.class,
    })),
    recipe_hash:
      recommendation &&
      recipeHash({
        binary_version: machine.binary_version,
        candidate_models: candidates,
        chip: machine.chip,
        knobs: recommendation.knobs,
        model: recommendation.model,
        ram_gb: machine.ram_gb,
        target_context: recommendation.target_context,
      }),
    exit_reason: end.exitReason,
    detail: end.detail,
    db_path: inputs.dbPath,
    ...resumed,
  };
}

function inputsOf(inputs: Inputs, provider: string, candidates: string[]): RunResult["inputs"] {
  return {
    provider,
    target_context: inputs.targetContext,
    candidate_models: candidates,
    method: inputs.method,
    stage1_replicates: inputs.stage1Replicates,
    stage2_replicates: inputs.stage2Replicates,
    gate_ttft_ms: inputs.gateTtftMs,
    tps_tie_epsilon: inputs.tpsTieEpsilon,
    seed: inputs.seed,
  };
}
