// How fast a simulated machine serves a model: memory, load, prefill and decode. Pure; the noise comes in as numbers.
// Source: calibration.json, model_of_cost; the constants below were fitted to its observations.
import type { ModelSize } from "./model-size.ts";
import type { Profile } from "./profile-schema.ts";

/** Knobs as the server was started with; null = flag not passed. */
export interface ServerKnobs {
  kvBits: 4 | 8 | null;
  maxBatch: number | null;
  maxContext: number | null;
}

/** GB that the process and the system need beside weights and cache. */
const RUNTIME_GB = 2;
/** From this much below the RAM on the machine swaps and compresses. */
const PRESSURE_MARGIN_GB = 4;
/** Growth per GB of pressure, fitted to PR 103: TTFT x1.5, x3 and x11 at 0.03, 0.7 and 0.9 GB; both end at x10. */
const TTFT_PRESSURE_PER_GB = 2.4;
const DECODE_PRESSURE_PER_GB = 0.6;
const WORST_PRESSURE = 10;
/** Of the RAM: the buffers are asked for long before the last byte is read. */
const SHARE_READ_BEFORE_OUT_OF_MEMORY = 0.2;
const PRESSED_NOISE_CV = 0.15;
/** Context at which the quadratic part of prefill doubles its time: 11.3 s at 8k (M1), 228 s at 50k (M4). */
const PREFILL_DOUBLING_TOKENS = 59_000;
/** A quantised cache is read faster and unpacked slower: share of the context's cost kept, and cost of each step. */
const QUANTISED = {
  none: { traffic: 1, step: 1 },
  8: { traffic: 0.75, step: 1.02 },
  4: { traffic: 0.6, step: 1.03 },
} as const;
const QUANTISATION_OVERHEAD_BITS = 0.5;

/** GB in use with so many tokens in all live contexts. */
export function footprintGb(size: ModelSize, knobs: ServerKnobs, contextTokens: number): number {
  const bits = quantisation(knobs);
  const share = bits === null ? 1 : (bits + QUANTISATION_OVERHEAD_BITS) / 16;
  return size.weightsGb + RUNTIME_GB + (contextTokens * size.kvBytesPerToken * share) / 1e9;
}

export function fitsMemory(profile: Profile, footprint: number): boolean {
  return footprint <= profile.ram_gb;
}

/** ms from the start to the open port, and the share of the weights read by then; what does not fit ends early. */
export function loadOf(profile: Profile, size: ModelSize): { ms: number; share: number } {
  const fits = fitsMemory(profile, size.weightsGb + RUNTIME_GB);
  const readGb = fits ? size.weightsGb : Math.min(size.weightsGb, profile.ram_gb * SHARE_READ_BEFORE_OUT_OF_MEMORY);
  return { ms: profile.load_overhead_ms + (readGb / profile.load_gb_per_s) * 1000, share: readGb / size.weightsGb };
}

/** Prefill tokens/s of the whole machine at a prompt length, with `footprint` GB in use; > 0. */
export function prefillTps(profile: Profile, size: ModelSize, promptTokens: number, footprint: number): number {
  const quadratic = 1 + promptTokens / PREFILL_DOUBLING_TOKENS;
  return profile.prefill_k / size.activeB / quadratic / pressure(profile, footprint, TTFT_PRESSURE_PER_GB);
}

/**
 * Milliseconds of one decode step, which gives one token to each of `streams` streams; > 0.
 * @param contextTokens mean length of the live contexts
 */
export function decodeStepMs(
  profile: Profile,
  size: ModelSize,
  knobs: ServerKnobs,
  load: { streams: number; contextTokens: number; footprint: number },
): number {
  const weightsMs = (size.activeGb / (profile.bandwidth_gb_s * profile.bandwidth_efficiency)) * 1000;
  const quantised = QUANTISED[quantisation(knobs) ?? "none"];
  const contextShare = (profile.decode_slowdown_per_1000 * load.contextTokens * quantised.traffic) / 1000;
  const single = (profile.decode_overhead_ms + weightsMs) * (1 + contextShare) * quantised.step;
  const batched = single * (1 + profile.batch_step_cost * (load.streams - 1));
  return batched * pressure(profile, load.footprint, DECODE_PRESSURE_PER_GB);
}

/** Coefficient of variation of a request's speed. */
export function noiseCv(profile: Profile, footprint: number): number {
  return footprint > profile.ram_gb - PRESSURE_MARGIN_GB ? PRESSED_NOISE_CV : profile.noise_cv;
}

/** Share of the cool speed that is left after so many seconds of work, 0 to 1. */
export function heatSpeed(profile: Profile, seconds: number): number {
  return 1 - profile.heat_loss * (1 - Math.exp(-Math.max(0, seconds) / profile.heat_time_constant_s));
}

/** The engine's quantiser skips rotating caches, and `--max-context` makes the cache rotating. */
function quantisation(knobs: ServerKnobs): 4 | 8 | null {
  return knobs.maxContext === null ? knobs.kvBits : null;
}

function pressure(profile: Profile, footprint: number, perGb: number): number {
  const excess = footprint - (profile.ram_gb - PRESSURE_MARGIN_GB);
  return excess <= 0 ? 1 : Math.min(WORST_PRESSURE, Math.exp(perGb * excess));
}
