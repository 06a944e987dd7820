// Results of measuring, from one timed request up to one visit of a cell. "Does not fit" is a value, never an exception.
import type { Knobs } from "../knobs.ts";
import type { ReplicateValues, TrialValues } from "./figure-lists.ts";
import type { RequestSample, TimedReplicate, VisitFacts } from "./timed-request.ts";

/** Classes of infeasibility; stored, shown and grouped by. */
export const FAILURE_CLASSES = [
  "too_big", // proof without a start: tensor bytes exceed physical memory
  "load_failed", // the process ended or its generation died before readiness
  "out_of_memory", // the same, with evidence of memory
  "load_timeout",
  "ttft_gate",
  "request_failed", // HTTP status, in-stream error, broken connection
  "bad_response", // not JSON, not UTF-8, too long, numbers that are none
  "empty_output",
  "stop_token",
  "wrong_context", // the prompt did not have the target length
  "died", // the process ended while it served
  "pre_warm", // weights could not be had (transient)
  "invalid", // replicates stayed invalid after their repeats
  "bad_knob", // the provider refused the knobs
  "crash_suspect", // not started: the machine went down with it before
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Why something does not fit: the measured value and the limit stand in the reason. */
export interface Misfit {
  class: FailureClass;
  reason: string;
}

/** One timed replicate: its requests, written together, ran concurrently. */
export type Replicate =
  | OkReplicate
  | { state: "misfit"; startedAtMs: number; misfit: Misfit; requests: RequestSample[] }
  | { state: "invalid"; startedAtMs: number; reason: string; requests: RequestSample[] };

export type OkReplicate = { state: "ok" } & TimedReplicate & ReplicateValues;

/** One start of the provider: warm-up, m replicates, stop. */
export interface Visit extends VisitFacts {
  knobs: Knobs;
  /** All fits, or the first misfit (a visit ends at its first misfit). */
  misfit: Misfit | null;
  replicates: Replicate[];
  notes: string[];
}

/** Figures of a trial over all its visits so far; written after each visit. */
export interface TrialFigures extends TrialValues {
  measuredPromptTokens: number | null;
  fits: boolean;
  errors: number;
  replicates: number;
  misfit: Misfit | null;
  notes: string[];
  /** 95 % interval of `tps`, tokens/s; null or absent while it cannot be told. */
  interval?: [low: number, high: number] | null;
}
