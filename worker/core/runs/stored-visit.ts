// From rows back to a visit, for a run that takes it over. Rows that do not hold all of it give none.
// Source: contract §15 (resume).
import type { Knobs } from "../knobs.ts";
import { figuresOf, inReplicateRow, type ReplicateValues } from "../measure/figure-lists.ts";
import { FAILURE_CLASSES, type Misfit, type Replicate, type Visit } from "../measure/measurement.ts";
import type { PromptScale } from "../measure/prompt.ts";
import type { ServerStart } from "../measure/visit-times.ts";
import type { ReplicateRow, VisitRow } from "./read-model.ts";

/** A finished visit as the database knows it. */
export interface StoredVisit {
  id: number;
  visit: Visit;
  elapsedSeconds: number;
  wallMs: number;
  start: ServerStart | null;
  nonceSet: number;
  promptScale: PromptScale | null;
}

/**
 * Put a visit together.
 * @param replicates of this visit, in order
 * @param knobs of its cell, as the cell list spells them
 * @returns null if a column is missing or is not what it should be (rows of other and older programs)
 */
export function storedVisit(row: VisitRow, replicates: readonly ReplicateRow[], knobs: Knobs): StoredVisit | null {
  const { elapsed_s, wall_ms, nonce_set, prompt_scale_json: promptScale } = row;
  const misfit = misfitOf(row);
  const read = replicates.map(replicateOf);
  const whole = read.filter((one) => one !== null);
  if (elapsed_s === null || wall_ms === null || nonce_set === null) return null;
  if (misfit === undefined || whole.length < read.length) return null;
  const { load_ms: loadMs, prompt_tokens: promptTokens } = row;
  return {
    id: row.id,
    visit: { knobs, misfit, replicates: whole, loadMs, promptTokens, notes: row.notes_json ?? [] },
    elapsedSeconds: elapsed_s,
    wallMs: wall_ms,
    start: row.start_no === null ? null : { number: row.start_no, kept: row.start_kept === true },
    nonceSet: nonce_set,
    promptScale,
  };
}

/** @returns undefined if the class is not one of ours */
function misfitOf(row: { misfit_class: string | null; reason: string | null }): Misfit | null | undefined {
  if (row.misfit_class === null) return null;
  const known = FAILURE_CLASSES.find((one) => one === row.misfit_class);
  return known && { class: known, reason: row.reason ?? "" };
}

function replicateOf(row: ReplicateRow): Replicate | null {
  const { state, requests_json: requests } = row;
  const startedAtMs = row.started_at_ms ?? 0;
  const misfit = misfitOf(row);
  if (requests === null) return null;
  if (state === "misfit") return misfit ? { state, startedAtMs, misfit, requests: samples(requests) } : null;
  if (state === "invalid") return { state, startedAtMs, reason: row.reason ?? "", requests: samples(requests) };
  const values = valuesOf(row);
  if (values === null) return null;
  const chunkTimesMs = (row.chunk_times_json ?? []).map((times) => times.filter((time) => time !== null));
  return { state, startedAtMs, ...values, requests: samples(requests), chunkTimesMs };
}

/** @returns null if a figure is missing that every replicate has */
function valuesOf(row: ReplicateRow): ReplicateValues | null {
  const told = figuresOf("replicate").map(({ replicate }) => ({ replicate, value: inReplicateRow(replicate, row) }));
  if (told.some(({ replicate, value }) => value === null && !replicate.nullable)) return null;
  return Object.fromEntries(told.map(({ replicate, value }) => [replicate.field, value])) as ReplicateValues;
}

/** Numbers that were none are stored as NULL; a sample with one of them is left out. */
function samples(rows: NonNullable<ReplicateRow["requests_json"]>) {
  return rows.flatMap((row) => {
    const { ttftMs, totalMs, promptTokens, completionTokens, prefillTps, decodeTps } = row;
    if (ttftMs === null || totalMs === null || promptTokens === null || completionTokens === null) return [];
    return [
      {
        ttftMs,
        totalMs,
        promptTokens,
        completionTokens,
        cachedTokens: row.cachedTokens ?? 0,
        decodeTps,
        prefillTps: prefillTps ?? 0,
      },
    ];
  });
}
