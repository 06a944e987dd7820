// Whether a model could fit into the memory, from sizes alone: said before anything is started, and always as an estimate. Pure.
// Source: contract §3 (plan), §7 (too_big). The measurement decides, but for weights that exceed the memory by themselves.
import { memorySize } from "../units.ts";
import type { Misfit } from "./measurement.ts";

/** What a provider needs beside weights and cache, bytes: its own program, activations of a prefill step, macOS' share. */
export const OVERHEAD_BYTES = 2e9;

export interface FitEstimate {
  needs_bytes: number;
  memory_bytes: number;
  fits: boolean;
}

/**
 * Estimate from sizes.
 * @param kvBytes cache at the target context; null = unknown, and left out of the sum
 * @returns null if the weights' size is unknown
 */
export function estimateFit(
  weightBytes: number | null,
  kvBytes: number | null,
  memoryBytes: number,
): FitEstimate | null {
  if (weightBytes === null) return null;
  const needs = weightBytes + (kvBytes ?? 0) + OVERHEAD_BYTES;
  return { needs_bytes: needs, memory_bytes: memoryBytes, fits: needs <= memoryBytes };
}

/** Proof without a start: tensor bytes exceed physical memory. @returns null if they do not, or are unknown */
export function tooBig(tensorBytes: number | null, memoryBytes: number): Misfit | null {
  if (tensorBytes === null || tensorBytes <= memoryBytes) return null;
  return {
    class: "too_big",
    reason: `weights of ${memorySize(tensorBytes)} exceed the memory of ${memorySize(memoryBytes)}; not started`,
  };
}
