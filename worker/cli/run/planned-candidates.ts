// What `plan` says of each candidate: its size against this machine, whether it is on disk, and what was measured here before.
// Source: contract §3 (plan: weight bytes where known). What was measured goes before what sizes let one expect.
import { existsSync } from "node:fs";
import { estimateFit, OVERHEAD_BYTES } from "../../core/measure/candidate-fit.ts";
import { errorText } from "../../core/errors.ts";
import { labelled } from "../../core/measure/figure.ts";
import { FIGURES } from "../../core/measure/figure-table.ts";
import { gigabytes } from "../../core/units.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { trainedForLess } from "../../core/models/model-config.ts";
import type { TrialRow } from "../../core/runs/read-model.ts";
import { remoteWeightBytes } from "../../platform/hub/hub-sizes.ts";
import { isOffline } from "../../platform/hub/prewarm.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { modelSize } from "../../simulator/model-size.ts";
import type { ActivePlace } from "../../store/active-place.ts";
import { copyDatabase } from "../../store/copy.ts";
import { openStore } from "../../store/store.ts";
import type { Io } from "../command/io.ts";
import type { Prepared } from "./prepare.ts";

export interface PlannedCandidate {
  model: string;
  rank: number;
  cached: boolean;
  weight_bytes: number | null;
  /** Where the size is from; null = unknown. */
  weight_source: "cache" | "hub" | "simulated" | null;
  kv_bytes_at_target: number | null;
  memory_bytes: number;
  /** Weights, cache at the target and what else is needed; null if the weights' size is unknown. */
  needs_bytes: number | null;
  /** measured: a run on this machine found out. estimated: from sizes alone. null: nothing is known. */
  basis: "measured" | "estimated" | null;
  fits: boolean | null;
  measured: Measured | null;
}

interface Measured {
  run_id: string;
  at: string | null;
  target_context: number | null;
  tps: number | null;
  ttft_p95_ms: number | null;
  /** Why it did not fit. */
  reason: string | null;
}

/** @returns the candidates in their order, what could not be found out, and the processes of an active run */
export async function plannedCandidates(
  prepared: Prepared,
  inputs: Inputs,
  io: Io,
): Promise<{ candidates: PlannedCandidate[]; notes: string[]; ownPids: number[] }> {
  const local = await Promise.all(prepared.candidates.map((one) => localSize(one.id, prepared, inputs.targetContext)));
  const sized = local.map(({ size }) => size);
  const unknown = sized.filter((one) => one.weight_source === null).map((one) => one.model);
  const asks = prepared.provider.needsWeights && !isOffline({ offline: inputs.offline, env: io.env });
  const remote = await remoteWeightBytes(asks ? unknown : [], { ...io, env: prepared.env }, io.signal);
  const history = readHistory(prepared, inputs);
  const candidates = sized.map((size, at) => {
    const fromHub = remote.bytes.get(size.model);
    const known = fromHub === undefined ? size : { ...size, weight_bytes: fromHub, weight_source: "hub" as const };
    return judged(known, at + 1, history.found.get(size.model) ?? null, prepared, inputs);
  });
  const sizes = remote.problem === null ? [] : [`sizes of some models are unknown: ${remote.problem}`];
  const untrained = local.flatMap(({ size, trained }) => {
    const note = trainedForLess(trained, inputs.targetContext);
    return note === null ? [] : [`${size.model}: ${note}`];
  });
  return { candidates, notes: [...untrained, ...sizes, ...history.notes], ownPids: history.ownPids };
}

type Size = Pick<PlannedCandidate, "model" | "cached" | "weight_bytes" | "weight_source" | "kv_bytes_at_target">;

interface LocalSize {
  size: Size;
  /** Positions that the model was trained for; null if unknown. */
  trained: number | null;
}

async function localSize(model: string, { provider, preWarm }: Prepared, targetContext: number): Promise<LocalSize> {
  if (!provider.needsWeights) {
    const { weightsGb, kvBytesPerToken } = modelSize(model);
    const size = {
      model,
      cached: true,
      weight_bytes: Math.round(weightsGb * 1e9),
      weight_source: "simulated" as const,
      kv_bytes_at_target: Math.round(kvBytesPerToken * targetContext),
    };
    return { size, trained: null };
  }
  const weights = await preWarm.inspect(model);
  const bytes = weights?.tensorBytes ?? null;
  const perToken = weights?.kvBytesPerToken ?? null;
  const size = {
    model,
    cached: weights !== null,
    weight_bytes: bytes,
    weight_source: bytes === null ? null : ("cache" as const),
    kv_bytes_at_target: perToken === null ? null : perToken * targetContext,
  };
  return { size, trained: weights?.trainedPositions ?? null };
}

/** A verdict at this context or a longer one that fitted counts as measured; everything else is an estimate. */
function judged(
  size: Size,
  rank: number,
  trial: TrialRow | null,
  { memoryBytes }: Prepared,
  { targetContext }: Inputs,
): PlannedCandidate {
  const estimate = estimateFit(size.weight_bytes, size.kv_bytes_at_target, memoryBytes);
  const context = trial?.target_context ?? 0;
  const decides = trial !== null && (trial.fits ? context >= targetContext : context <= targetContext);
  return {
    ...size,
    rank,
    memory_bytes: memoryBytes,
    needs_bytes: estimate?.needs_bytes ?? null,
    basis: decides ? "measured" : estimate && "estimated",
    fits: decides ? trial.fits : (estimate?.fits ?? null),
    measured: trial && {
      run_id: trial.run_id ?? "",
      at: trial.ts_utc,
      target_context: trial.target_context,
      tps: trial.fits ? trial.agg_throughput_tps : null,
      ttft_p95_ms: trial.fits ? trial.ttft_p95_ms : null,
      reason: trial.fits ? null : (trial.reason ?? trial.notes),
    },
  };
}

interface History {
  found: Map<string, TrialRow>;
  notes: string[];
  /** Worker and candidate of a living run. */
  ownPids: number[];
}

/** A plan must not create the database, nor change one: a copy is read, and a broken one is only noted. */
function readHistory(prepared: Prepared, inputs: Inputs): History {
  const found = new Map<string, TrialRow>();
  let ownPids: number[] = [];
  if (!existsSync(inputs.dbPath)) return { found, notes: [], ownPids };
  try {
    const copy = copyDatabase(inputs.dbPath);
    try {
      const store = openStore(copy.path);
      const { chip, ram_gb: ramGb, simulated } = prepared.machine;
      const machine = { chip, ramGb, simulated, provider: prepared.provider.id };
      for (const { id } of prepared.candidates) {
        const trial = store.readers.lastVerdict(id, inputs.targetContext, machine);
        if (trial) found.set(id, trial);
      }
      ownPids = pidsOf(store.activePlace());
      store.close();
    } catch (error) {
      throw copy.inPlace(error);
    } finally {
      copy.remove();
    }
  } catch (error) {
    return { found, notes: [`what was measured before is unknown: ${errorText(error)}`], ownPids };
  }
  return { found, notes: [], ownPids };
}

function pidsOf(place: ActivePlace | null): number[] {
  if (place === null || !isSameProcess(place.pid, place.pidStartedAt)) return [];
  return [place.pid, ...(place.candidate ? [place.candidate.pid] : [])];
}

/** Two or three lines: the name, its size against the memory, what was measured. */
export function candidateLines(one: PlannedCandidate, targetContext: number, needsWeights: boolean): string[] {
  const place = !needsWeights ? "" : one.cached ? "; on disk" : "; not on disk, would be downloaded";
  return [
    `  ${one.rank}. ${one.model}`,
    `     ${sizeText(one, targetContext)}${place}`,
    ...(one.measured ? [`     ${measuredText(one.measured, one.weight_source === "simulated")}`] : []),
  ];
}

function sizeText(one: PlannedCandidate, targetContext: number): string {
  if (one.weight_bytes === null || one.needs_bytes === null) return "size unknown";
  const kv =
    one.kv_bytes_at_target === null
      ? "an unknown KV cache"
      : `${gigabytes(one.kv_bytes_at_target)} KV cache at ${targetContext}`;
  const verdict = one.needs_bytes <= one.memory_bytes ? "could fit" : "is too big";
  const sum = `${gigabytes(one.weight_bytes)} weights + ${kv} + ${gigabytes(OVERHEAD_BYTES)}`;
  return `${sum} = ${gigabytes(one.needs_bytes)} of ${gigabytes(one.memory_bytes)}: ${verdict} (estimated)`;
}

function measuredText({ at, target_context, tps, ttft_p95_ms, reason }: Measured, simulated: boolean): string {
  const when = `${simulated ? "simulated" : "measured here"} ${at?.slice(0, 10) ?? "before"} at ${target_context ?? "?"} tokens`;
  if (reason !== null) return `${when}: did not fit: ${reason.split("\n")[0]}`;
  return `${when}: ${FIGURES.tps.text(tps)}, ${labelled(FIGURES.ttft_p95_ms, ttft_p95_ms, "short")}`;
}
