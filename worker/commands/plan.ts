// `plan`: what `run` would do, without starting anything: candidates with weights, cells, an estimate of the time.
// Source: contract §3.
import type { Inputs } from "../core/inputs.ts";
import { expectedStage2, probeSeconds, stage2Seconds, type Work } from "../core/estimate.ts";
import { duration, gigabytes, SIMULATED_BANNER } from "../core/format.ts";
import { cellName } from "../core/knobs.ts";
import { say, type Io } from "./io.ts";
import { prepareTune, type Prepared } from "./prepare.ts";

interface PlannedCandidate {
  model: string;
  rank: number;
  cached: boolean;
  weight_bytes: number | null;
  kv_bytes_at_target: number | null;
}

/** @returns 0. @throws AutotuneError config_error as `run` would */
export async function planTune(inputs: Inputs, warnings: string[], io: Io): Promise<number> {
  const prepared = await prepareTune(inputs, io);
  const candidates = await Promise.all(
    prepared.candidates.map((one) => plannedCandidate(one, prepared, inputs.targetContext)),
  );
  const { cells, dropped } = prepared.cellsFor(prepared.candidates[0]?.id ?? "");
  const work: Work = {
    method: inputs.method,
    cells: cells.length,
    stage1Replicates: inputs.stage1Replicates,
    stage2Replicates: inputs.stage2Replicates,
  };
  const seconds = probeSeconds(prepared.prior, work) + stage2Seconds(prepared.prior, work, 0);
  const plan = {
    provider: prepared.provider.id,
    machine: prepared.machine,
    target_context: inputs.targetContext,
    candidates,
    cells: cells.map((cell) => ({ knobs: cell.knobs, incumbent: cell.incumbent })),
    left_out: dropped,
    method: inputs.method,
    expected_starts: 1 + expectedStage2(work).visits,
    estimated_seconds: Math.round(seconds),
    max_duration_seconds: inputs.maxDurationS,
  };
  for (const warning of [...warnings, ...prepared.notes]) say(io.stderr, `Warning: ${warning}`);
  say(io.stdout, inputs.json ? JSON.stringify(plan, null, 2) : planText(plan, prepared));
  return 0;
}

async function plannedCandidate(
  candidate: { id: string; rank: number },
  prepared: Prepared,
  targetContext: number,
): Promise<PlannedCandidate> {
  const weights = prepared.provider.needsWeights ? await prepared.preWarm.inspect(candidate.id) : null;
  const perToken = weights?.kvBytesPerToken ?? null;
  return {
    model: candidate.id,
    rank: candidate.rank,
    cached: weights !== null || !prepared.provider.needsWeights,
    weight_bytes: weights?.tensorBytes ?? null,
    kv_bytes_at_target: perToken === null ? null : perToken * targetContext,
  };
}

interface Plan {
  target_context: number;
  candidates: PlannedCandidate[];
  cells: { knobs: Parameters<typeof cellName>[0]; incumbent: boolean }[];
  left_out: { knobs: Parameters<typeof cellName>[0]; reason: string }[];
  method: string;
  expected_starts: number;
  estimated_seconds: number;
  max_duration_seconds: number;
}

function planText(plan: Plan, prepared: Prepared): string {
  const { provider, binary, machine } = prepared;
  return [
    ...(provider.simulated ? [SIMULATED_BANNER, ""] : []),
    `PLAN for ${machine.chip}, ${machine.ram_gb} GB, ${provider.id} (${binary.version})`,
    "",
    `Stage 1: the first of these that serves ${plan.target_context} tokens, in this order`,
    ...plan.candidates.map((one) => `  ${one.rank}. ${one.model}${weightText(one, provider.needsWeights)}`),
    "",
    `Stage 2: ${plan.cells.length} cells of the chosen model by method ${plan.method}`,
    ...plan.cells.map((cell) => `  ${cellName(cell.knobs)}${cell.incumbent ? "  (configured now)" : ""}`),
    ...plan.left_out.map((one) => `  left out: ${cellName(one.knobs)}: ${one.reason}`),
    "",
    `About ${plan.expected_starts} starts and ${duration(plan.estimated_seconds)} if the first candidate fits (estimated, not measured); at most ${duration(plan.max_duration_seconds)}. Nothing was started.`,
  ].join("\n");
}

function weightText(one: PlannedCandidate, needsWeights: boolean): string {
  if (!needsWeights) return "";
  if (!one.cached) return "  (not on disk, would be downloaded)";
  return `  (${gigabytes(one.weight_bytes)} of weights, ${gigabytes(one.kv_bytes_at_target)} of KV cache at the target, on disk)`;
}
