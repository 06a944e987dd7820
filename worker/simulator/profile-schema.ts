// What a simulated machine is: the figures of its performance model and the failures it is told to have.
// Names and meanings follow calibration.json. Source: contract §4, simulated.
import * as z from "zod";

export const FAILURE_KINDS = [
  "load_error", // ends before the port opens, with `code` and `message` on stderr
  "load_hang", // never opens the port
  "out_of_memory", // ends as memory ends it, with a Metal line and `code`, in the middle of the answer
  "http_error", // answers `status` before the stream
  "in_stream_error", // answers 200 and then an error event
  "dies", // ends in the middle of the answer with `code`
  "empty_output",
  "stop_token", // leaks an end token into the text
  "truncated_prompt", // silently keeps half of the prompt
  "no_usage",
  "never_ends", // ignores max_tokens
] as const;

export const failureSchema = z.strictObject({
  /** Part of the model id; absent = every model. */
  model: z.string().optional(),
  kv_bits: z.union([z.literal(4), z.literal(8)]).optional(),
  max_batch: z.int().positive().optional(),
  /** Requests with fewer prompt tokens are served well. Ignored for failures of the load. */
  min_prompt_tokens: z.int().nonnegative().default(0),
  kind: z.enum(FAILURE_KINDS),
  code: z.int().min(0).max(255).default(1),
  status: z.int().min(400).max(599).default(503),
  message: z.string().default("simulated failure"),
});
export type Failure = z.infer<typeof failureSchema>;

const positive = z.number().positive();

export const profileSchema = z.strictObject({
  id: z.string().min(1),
  chip: z.string().min(1),
  os_version: z.string().min(1).default("simulated"),
  ram_gb: positive,
  /** Memory bandwidth, GB/s, and the share of it that decoding reaches. */
  bandwidth_gb_s: positive,
  bandwidth_efficiency: positive.max(1),
  /** Prefill tokens/s of a model of one billion parameters. */
  prefill_k: positive,
  /** ms per token that no bandwidth shortens. */
  decode_overhead_ms: z.number().nonnegative(),
  fanless: z.boolean(),
  /** Relative slowdown of decoding per 1000 tokens of context. */
  decode_slowdown_per_1000: z.number().nonnegative().default(0.05),
  /** Reading weights from a cold disk: 7B in a minute, 14B in two. */
  load_gb_per_s: positive.default(0.07),
  load_overhead_ms: z.number().nonnegative().default(1500),
  /** Extra time of a decode step per further stream: 0.18 makes two streams 1.7 times as fast as one. */
  batch_step_cost: z.number().nonnegative().default(0.18),
  /** Coefficient of variation of one request on a cool machine. */
  noise_cv: z.number().min(0).max(0.5).default(0.025),
  /** TTFT of the first request of a process, in times of a warm one. */
  cold_first_factor: z.number().min(1).default(4),
  /** Heat: share of speed lost in the end, and how fast; from `since_epoch_ms`, else from the start of the process. */
  heat_loss: z.number().min(0).max(0.9).default(0),
  heat_time_constant_s: positive.default(120),
  since_epoch_ms: z.number().nonnegative().nullable().default(null),
  /** Same seed, model and knobs: same noise in every process. null = different in every process. */
  seed: z.int().nonnegative().nullable().default(null),
  failures: z.array(failureSchema).default([]),
});
export type Profile = z.infer<typeof profileSchema>;
