// `plan`: what `run` would do, without starting anything: candidates with weights, cells, an estimate of the time.
import type { Inputs } from "../../core/settings/inputs.ts";
import { expectedStage2, probeSeconds, stage2Seconds, type Work } from "../../core/result/estimate.ts";
import { cellName } from "../../core/knobs.ts";
import type { PlanReport } from "../../core/result/plan-report.ts";
import {
  estimateText,
  installText,
  likelyOf,
  missingProviders,
  planAnswer,
  simulatedText,
} from "../../core/result/plan-words.ts";
import { say, type Io } from "../command/io.ts";
import { candidateLines, plannedCandidates } from "./planned-candidates.ts";
import { conflictLines, plannedConflict } from "./planned-conflict.ts";
import { prepareTune, type Prepared } from "./prepare.ts";

/** @returns 0. @throws AutotuneError config_error as `run` would */
export async function planTune(inputs: Inputs, warnings: string[], io: Io): Promise<number> {
  const prepared = await prepareTune(inputs, io);
  const { candidates, notes, ownPids } = await plannedCandidates(prepared, inputs, io);
  const found = await plannedConflict(inputs, prepared.provider.simulated, ownPids, io);
  const { cells, dropped } = prepared.cellsFor(prepared.candidates[0]?.id ?? "");
  const work: Work = {
    method: inputs.method,
    cells: cells.length,
    stage1Replicates: inputs.stage1Replicates,
    stage2Replicates: inputs.stage2Replicates,
  };
  const seconds = probeSeconds(prepared.prior, work) + stage2Seconds(prepared.prior, work);
  // Those before the likely one are probed, too.
  const before = Math.max(0, (likelyOf(candidates)?.rank ?? 1) - 1);
  const plan: PlanReport = {
    provider: prepared.provider.id,
    asked_provider: inputs.provider,
    machine: prepared.machine,
    target_context: inputs.targetContext,
    candidates,
    cells: cells.map((cell) => ({ knobs: cell.knobs, incumbent: cell.incumbent })),
    left_out: dropped,
    method: inputs.method,
    expected_starts: before + 1 + expectedStage2(work).visits,
    estimated_seconds: Math.round(before * probeSeconds(prepared.prior, work) + seconds),
    max_duration_seconds: inputs.maxDurationS,
    conflict: found.conflict,
    cache: prepared.cacheText,
    warnings: [...warnings, ...prepared.notes, ...notes, ...found.notes],
  };
  for (const warning of plan.warnings) say(io.stderr, `Warning: ${warning}`);
  say(io.stdout, inputs.json ? JSON.stringify(plan, null, 2) : planText(plan, prepared));
  return 0;
}

function planText(plan: PlanReport, prepared: Prepared): string {
  const { provider, binary, machine } = prepared;
  return [
    ...simulatedLines(plan),
    `PLAN for ${machine.chip}, ${machine.ram_gb} GB, ${provider.id} (${binary.version})`,
    `${planAnswer(plan)}.`,
    "",
    `Stage 1: the first of these that serves ${plan.target_context} tokens, in this order`,
    ...plan.candidates.flatMap((one) => candidateLines(one, plan.target_context, provider.needsWeights)),
    "",
    `Stage 2: ${plan.cells.length} cells of the chosen model by method ${plan.method}`,
    ...plan.cells.map((cell) => `  ${cellName(cell.knobs)}${cell.incumbent ? "  (configured now)" : ""}`),
    ...plan.left_out.map((one) => `  left out: ${cellName(one.knobs)}: ${one.reason}`),
    "",
    ...(prepared.cacheText === null ? [] : [prepared.cacheText]),
    ...conflictLines(plan.conflict, provider.simulated),
    "",
    `${estimateText(plan)} Nothing was started.`,
  ].join("\n");
}

function simulatedLines(plan: PlanReport): string[] {
  const text = simulatedText(plan);
  return text === null ? [] : [text, ...missingProviders(plan).map(installText), ""];
}
