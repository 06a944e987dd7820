// When the tokens of all live requests are sent: the pure engine on a real clock, one timer for the next due event.
// Tokens follow the monotonic clock, so late timers never add up to a slower machine. Source: contract §4, simulated.
import { advance, msToNextEvent, type Sequence } from "./engine.ts";
import type { ModelSize } from "./model-size.ts";
import {
  decodeStepMs,
  fitsMemory,
  footprintGb,
  heatSpeed,
  noiseCv,
  prefillTps,
  type ServerKnobs,
} from "./performance-model.ts";
import type { Profile } from "./profile-schema.ts";
import { noiseFactor, type Random } from "./random.ts";

export interface Simulation {
  profile: Profile;
  model: string;
  size: ModelSize;
  knobs: ServerKnobs;
  random: Random;
}

export interface Job {
  promptTokens: number;
  maxTokens: number;
  /** New tokens that are due, ≥ 1. */
  onTokens(count: number): void;
  /** Prompt tokens read so far, at most once a second. */
  onPrefill(tokens: number): void;
}

/** Prefill progress must not be a stream of its own. */
const PREFILL_REPORT_MS = 1000;

/** Serves jobs on one simulated machine. */
export class Scheduler {
  readonly #simulation: Simulation;
  readonly #onOutOfMemory: () => void;
  readonly #slots: number;
  readonly #heatSinceEpochMs: number;
  /** Two starts of the same cell are never exactly as fast. */
  readonly #processFactor: number;
  readonly #jobs = new Map<number, Job>();
  #sequences: Sequence[] = [];
  #settledMs = performance.now();
  #reportedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** @param onOutOfMemory called when the live contexts no longer fit */
  constructor(simulation: Simulation, onOutOfMemory: () => void) {
    const { profile, knobs, random } = simulation;
    this.#simulation = simulation;
    this.#onOutOfMemory = onOutOfMemory;
    this.#slots = knobs.maxBatch ?? 1;
    this.#heatSinceEpochMs = profile.since_epoch_ms ?? Date.now();
    this.#processFactor = noiseFactor(random, profile.noise_cv / 2);
  }

  /** @returns takes the job out again; harmless once it is done */
  submit(job: Job): () => void {
    this.#settle();
    const id = ++this.#lastId;
    this.#jobs.set(id, job);
    this.#sequences = [...this.#sequences, this.#sequenceOf(job, id)];
    this.#arm();
    return () => this.#remove(id);
  }

  /** Forget all jobs. */
  close(): void {
    clearTimeout(this.#timer);
    this.#jobs.clear();
    this.#sequences = [];
  }

  #sequenceOf(job: Job, id: number): Sequence {
    const { profile, size, random } = this.#simulation;
    const { promptTokens, maxTokens } = job;
    const blank = { id, promptTokens, maxTokens, prefillWorkMs: 0, prefillDoneMs: 0, stepFactor: 1, tokens: 0 };
    const footprint = this.#footprint(blank);
    const cv = noiseCv(profile, footprint);
    const speed = heatSpeed(profile, (Date.now() - this.#heatSinceEpochMs) / 1000) * this.#processFactor;
    const warmMs = (promptTokens / prefillTps(profile, size, promptTokens, footprint)) * 1000;
    const cold = id === 1 ? profile.cold_first_factor : 1;
    const prefillWorkMs = (warmMs * cold * noiseFactor(random, cv)) / speed;
    return { ...blank, prefillWorkMs, stepFactor: noiseFactor(random, cv) / speed };
  }

  #settle(): void {
    const nowMs = performance.now();
    const result = advance(this.#sequences, this.#slots, this.#stepMs, nowMs - this.#settledMs);
    this.#settledMs = nowMs;
    this.#sequences = result.sequences.filter((sequence) => sequence.tokens < sequence.maxTokens);
    for (const { id, newTokens } of result.events) this.#jobs.get(id)?.onTokens(newTokens);
    if (nowMs - this.#reportedMs >= PREFILL_REPORT_MS) this.#reportPrefill(nowMs);
  }

  #reportPrefill(nowMs: number): void {
    this.#reportedMs = nowMs;
    for (const { id, prefillDoneMs, prefillWorkMs, promptTokens, tokens } of this.#sequences) {
      if (tokens === 0) this.#jobs.get(id)?.onPrefill(Math.floor((promptTokens * prefillDoneMs) / prefillWorkMs));
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#sequences.length === 0) return;
    if (!fitsMemory(this.#simulation.profile, this.#footprint())) this.#onOutOfMemory();
    const waitMs = Math.min(msToNextEvent(this.#sequences, this.#slots, this.#stepMs), PREFILL_REPORT_MS);
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, waitMs));
  }

  #tick(): void {
    this.#settle();
    this.#arm();
  }

  #remove(id: number): void {
    this.#jobs.delete(id);
    this.#sequences = this.#sequences.filter((sequence) => sequence.id !== id);
  }

  readonly #stepMs = (decoding: Sequence[]): number => {
    const { profile, size, knobs } = this.#simulation;
    const contextTokens = contextOf(decoding) / decoding.length;
    return decodeStepMs(profile, size, knobs, {
      streams: decoding.length,
      contextTokens,
      footprint: this.#footprint(),
    });
  };

  /** GB in use with the contexts that are served now. */
  #footprint(...added: Sequence[]): number {
    const served = [...this.#sequences, ...added].slice(0, this.#slots);
    return footprintGb(this.#simulation.size, this.#simulation.knobs, contextOf(served));
  }
}

function contextOf(sequences: Sequence[]): number {
  return sequences.reduce((sum, { promptTokens, tokens }) => sum + promptTokens + tokens, 0);
}
