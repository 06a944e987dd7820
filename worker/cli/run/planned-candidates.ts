// What `plan` says of each candidate: its size against this machine, whether it is on disk, and what was measured here before.
// Source: contract §3 (plan: weight bytes where known). What was measured goes before what sizes let one expect.
import { existsSync } from "node:fs";
import { estimateFit, OVERHEAD_BYTES } from "../../core/measure/candidate-fit.ts";
import { errorText } from "../../core/errors.ts";
import { memorySize } from "../../core/units.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { trainedForLess } from "../../core/models/model-config.ts";
import type { PlannedCandidateReport } from "../../core/result/plan-report.ts";
import { telling, type Unlike } from "../../core/result/plan-verdict.ts";
import { sizeText, verdictInFull } from "../../core/result/plan-words.ts";
import type { VerdictRow } from "../../core/runs/read-model.ts";
import { remoteWeightBytes } from "../../platform/hub/hub-sizes.ts";
import { isOffline } from "../../platform/hub/prewarm.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { modelSize } from "../../simulator/model-size.ts";
import type { ActivePlace } from "../../store/active-place.ts";
import { copyDatabase } from "../../store/copy.ts";
import { openStore } from "../../store/store.ts";
import type { Io } from "../command/io.ts";
import type { Prepared } from "./prepare.ts";

/** @returns the candidates in their order, what could not be found out, and the processes of an active run */
export async function plannedCandidates(
  prepared: Prepared,
  inputs: Inputs,
  io: Io,
): Promise<{ candidates: PlannedCandidateReport[]; notes: string[]; ownPids: number[] }> {
  const local = await Promise.all(prepared.candidates.map((one) => localSize(one.id, prepared, inputs.targetContext)));
  const sized = local.map(({ size }) => size);
  const unknown = sized.filter((one) => one.weight_source === null).map((one) => one.model);
  const asks = prepared.provider.needsWeights && !isOffline({ offline: inputs.offline, env: io.env });
  const remote = await remoteWeightBytes(asks ? unknown : [], { ...io, env: prepared.env }, io.signal);
  const history = readHistory(prepared, inputs);
  const candidates = sized.map((size, at) => {
    const fromHub = remote.bytes.get(size.model);
    const known = fromHub === undefined ? size : { ...size, weight_bytes: fromHub, weight_source: "hub" as const };
    return judged(known, at + 1, history.found.get(size.model) ?? [], prepared, inputs);
  });
  const sizes = remote.problem === null ? [] : [`sizes of some models are unknown: ${remote.problem}`];
  const untrained = local.flatMap(({ size, trained }) => {
    const note = trainedForLess(trained, inputs.targetContext);
    return note === null ? [] : [`${size.model}: ${note}`];
  });
  return { candidates, notes: [...untrained, ...sizes, ...history.notes], ownPids: history.ownPids };
}

type Size = Pick<PlannedCandidateReport, "model" | "cached" | "weight_bytes" | "weight_source" | "kv_bytes_at_target">;

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

/** What a run here found out goes before what sizes let one expect. */
function judged(
  size: Size,
  rank: number,
  rows: readonly VerdictRow[],
  { memoryBytes }: Prepared,
  inputs: Inputs,
): PlannedCandidateReport {
  const estimate = estimateFit(size.weight_bytes, size.kv_bytes_at_target, memoryBytes);
  const told = telling(rows, inputs);
  const decides = told !== null && told.judged.fits !== null;
  return {
    ...size,
    rank,
    memory_bytes: memoryBytes,
    needs_bytes: estimate?.needs_bytes ?? null,
    basis: decides ? "measured" : estimate && "estimated",
    fits: decides ? told.judged.fits : (estimate?.fits ?? null),
    measured: told && measuredBefore(told.row, told.judged.unlike),
  };
}

function measuredBefore(row: VerdictRow, unlike: Unlike[]): NonNullable<PlannedCandidateReport["measured"]> {
  return {
    run_id: row.run_id ?? "",
    at: row.ts_utc,
    target_context: row.target_context,
    tps: row.fits ? row.agg_throughput_tps : null,
    ttft_p95_ms: row.fits ? row.ttft_p95_ms : null,
    reason: row.fits ? null : (row.reason ?? row.notes ?? "unknown why"),
    unlike,
  };
}

interface History {
  /** Newest first. */
  found: Map<string, VerdictRow[]>;
  notes: string[];
  /** Worker and candidate of a living run. */
  ownPids: number[];
}

/** A plan must not create the database, nor change one: a copy is read, and a broken one is only noted. */
function readHistory(prepared: Prepared, inputs: Inputs): History {
  const found = new Map<string, VerdictRow[]>();
  let ownPids: number[] = [];
  if (!existsSync(inputs.dbPath)) return { found, notes: [], ownPids };
  try {
    const copy = copyDatabase(inputs.dbPath);
    try {
      const store = openStore(copy.path);
      const { chip, ram_gb: ramGb, simulated } = prepared.machine;
      const machine = { chip, ramGb, simulated, provider: prepared.provider.id };
      for (const { id } of prepared.candidates) found.set(id, store.readers.verdicts(id, machine));
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

/** Three lines: the name, its size against the memory, what is known of it. */
export function candidateLines(one: PlannedCandidateReport, targetContext: number, needsWeights: boolean): string[] {
  const place = !needsWeights ? "" : one.cached ? "; on disk" : "; not on disk, would be downloaded";
  return [`  ${one.rank}. ${one.model}`, `     ${sumText(one, targetContext)}${place}`, `     ${verdictInFull(one)}`];
}

function sumText(one: PlannedCandidateReport, targetContext: number): string {
  if (one.weight_bytes === null || one.needs_bytes === null) return sizeText(one);
  const kv =
    one.kv_bytes_at_target === null
      ? "an unknown KV cache"
      : `${memorySize(one.kv_bytes_at_target)} KV cache at ${targetContext}`;
  const sum = `${memorySize(one.weight_bytes)} weights + ${kv} + ${memorySize(OVERHEAD_BYTES)}`;
  return `${sum}: ${sizeText(one)} (estimated)`;
}
