// What Stage 1 leaves behind: order by size, the smaller candidates that remain, and the text when nothing fits. Pure.
// Source: contract §7 (sizes from weights, else the number before B, else the position) and §10 (alternates).
import { sizeFromId } from "../settings/candidates.ts";
import type { Misfit } from "../measure/measurement.ts";

export interface SizedCandidate {
  id: string;
  /** 1-based place in the given order. */
  rank: number;
  tensorBytes: number | null;
}

export interface Verdict extends SizedCandidate {
  misfit: Misfit;
}

/**
 * Compare two candidates by size: by weights if both are known and differ, else by the number before B in both ids, else by position
 * (a later one is taken for smaller). @returns < 0 if a is smaller.
 */
export function compareSize(a: SizedCandidate, b: SizedCandidate): number {
  if (a.tensorBytes !== null && b.tensorBytes !== null && a.tensorBytes !== b.tensorBytes)
    return a.tensorBytes - b.tensorBytes;
  const [aB, bB] = [sizeFromId(a.id), sizeFromId(b.id)];
  if (aB !== null && bB !== null && aB !== bB) return aB - bB;
  return b.rank - a.rank;
}

/** Candidates after the chosen one that are smaller than it, in input order. */
export function alternatesOf(chosen: SizedCandidate, all: SizedCandidate[]): string[] {
  return all.filter((one) => one.rank > chosen.rank && compareSize(one, chosen) < 0).map((one) => one.id);
}

/** Why nothing fits: the smallest candidate's reason first, then the larger ones by size, then both ways out. */
export function noFeasibleText(verdicts: Verdict[], targetContext: number): string {
  const bySize = [...verdicts].sort(compareSize);
  const [smallest, ...larger] = bySize;
  const lines = [
    `No candidate serves ${targetContext} tokens of context on this machine.`,
    ...(smallest ? [`Smallest: ${smallest.id}: ${smallest.misfit.reason}`] : []),
    ...larger.map((one) => `Larger:   ${one.id}: ${one.misfit.reason}`),
    "Ways out: a smaller --target-context, or other --candidate-models.",
  ];
  return lines.join("\n");
}
