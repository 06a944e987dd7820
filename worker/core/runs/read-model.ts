// The rows of the database's views, as everyone who reads runs sees them: command line, report, Raycast.
// Column names are those of the views (store/schema/views.ts). Source: contract §11: readers use views, never tables.
import * as z from "zod";
import { knobsSchema } from "../knobs.ts";
import { replicateColumns, trialColumns } from "../measure/figure-lists.ts";
import { beliefSchema } from "../search/belief.ts";

const flag = z.literal([0, 1]).transform((value) => value === 1);
const text = z.string().nullable();
const number = z.number().nullable();

/** Columns of figures, in order. */
const numbers = <C extends string>(columns: readonly C[]): Record<C, typeof number> =>
  Object.fromEntries(columns.map((column) => [column, number])) as Record<C, typeof number>;

/** A JSON column; null if it is NULL or does not hold what it should (rows of other programs). */
function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .nullable()
    .transform((value): z.output<T> | null => {
      if (value === null) return null;
      const parsed = schema.safeParse(parseOrUndefined(value));
      return parsed.success ? parsed.data : null;
    });
}

function parseOrUndefined(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined; // fits no schema, so the column reads as null
  }
}

/** Any JSON object. z.record looks at each key, which for 50 runs costs more than all their other columns. */
const objectSchema = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const cellSchema = z.object({ knobs: knobsSchema, incumbent: z.boolean() });
const promptScaleSchema = z.object({
  overheadTokens: z.number(),
  tokensPerWord: z.number(),
  templateTokens: z.number().optional(),
});

/** One run. `state`: active = holds the only active place; lost = neither active nor ended (rows of other programs). */
export const runRowSchema = z.object({
  /** Grows with every run written to this file. */
  seq: z.int(),
  run_id: z.string(),
  state: z.enum(["active", "ended", "lost"]),
  started_at_utc: text,
  ended_at_utc: text,
  spec_version: text,
  binary_version: text,
  machine_ram_gb: number,
  machine_chip: text,
  machine_os_version: text,
  target_context: number,
  candidate_models_json: json(z.array(z.string())),
  stage1_replicates: number,
  stage2_replicates: number,
  gate_ttft_ms: number,
  tps_tie_epsilon: number,
  /** The text as the run wrote it; its shape is the recipe's (contract §10). */
  recommendation_json: text,
  recipe_hash: text,
  applied: flag,
  exit_reason: text,
  /** Why, for people; null for ok. */
  exit_detail: text,
  provider: text,
  method: text,
  seed: number,
  inputs_json: json(objectSchema),
  simulated: flag.nullable(),
  planned_cells: number,
  /** Relative change of the machine's speed over Stage 2, -0.12 = 12 % slower. */
  thermal_drift: number,
  /** The run that this one resumed; null if it began anew. */
  resumed_from: text,
  /** Boot of the machine it ran in; null where nothing told. */
  boot_id: text,
  /** Cells of Stage 2 in their order; null before it began, and in rows of other programs. */
  cells_json: json(z.array(cellSchema)),
  trials_n: z.int(),
  fits_n: z.int(),
  kept_trial_id: z.int().nullable(),
});
export type RunRow = z.output<typeof runRowSchema>;

/** One trial: a (model, knobs) cell over all its visits so far. */
export const trialRowSchema = z.object({
  id: z.int(),
  run_id: text,
  ts_utc: text,
  stage: z.int(),
  /** Place in the candidate list (stage 1) or cell list (stage 2), 0-based. */
  position: number,
  state: z.enum(["running", "done"]),
  model: text,
  model_revision: text,
  target_context: number,
  measured_prompt_tokens: number,
  max_tokens: number,
  ...numbers(trialColumns()),
  fits: flag,
  n_err: z.int(),
  replicates_n: number,
  kept: flag,
  misfit_class: text,
  reason: text,
  /** One note per line. */
  notes: text,
  kv_bits: number,
  max_context_cap: number,
  max_batch: number,
  /** All knobs; null in rows of other programs. */
  knobs_json: json(knobsSchema),
  visits_n: z.int(),
  /** Visits that started the server; where that is not known each counts as one. */
  starts_n: z.int(),
  /** The run that measured it, or its first visits; null = this one. */
  taken_over_from: text,
  /** Visits that another run measured. */
  visits_taken_over_n: number,
});
export type TrialRow = z.output<typeof trialRowSchema>;

/** A trial of Stage 1 with the limits of its run. */
export const verdictRowSchema = trialRowSchema.extend({
  gate_ttft_ms: number,
  ready_timeout_s: number,
});
export type VerdictRow = z.output<typeof verdictRowSchema>;

/** One visit of a cell. Ids grow in the order in which visits ended, over all trials of a run. */
export const visitRowSchema = z.object({
  id: z.int(),
  trial_id: z.int(),
  run_id: z.string(),
  ended_at_utc: z.string(),
  load_ms: number,
  prompt_tokens: number,
  misfit_class: text,
  reason: text,
  notes_json: json(z.array(z.string())),
  /** The run that measured it; null = this one. */
  taken_over_from: text,
  /** Seconds of the run's time limit that were used up at its end. */
  elapsed_s: number,
  /** From before the start to its end; after the stop, where the server is not kept. */
  wall_ms: number,
  /** Names the prompts that it was asked with. */
  nonce_set: number,
  prompt_scale_json: json(promptScaleSchema),
  /** Start of the server that it measured on: equal numbers are one process, 0 = Stage 1's of the chosen model; null = not known. */
  start_no: z.int().min(0).nullable(),
  /** It found the server running. */
  start_kept: flag.nullable(),
  /** What the search believed after it; null for methods that have no belief. */
  belief_json: json(beliefSchema),
});
export type VisitRow = z.output<typeof visitRowSchema>;

const sampleSchema = z.object({
  ttftMs: number,
  totalMs: number,
  promptTokens: number,
  completionTokens: number,
  cachedTokens: number,
  decodeTps: number,
  prefillTps: number,
});

/** One timed replicate with its raw times. */
export const replicateRowSchema = z.object({
  id: z.int(),
  visit_id: z.int(),
  trial_id: z.int(),
  run_id: z.string(),
  /** 0-based within its visit. */
  ordinal: z.int(),
  state: z.enum(["ok", "misfit", "invalid"]),
  started_at_ms: number,
  ...numbers(replicateColumns()),
  misfit_class: text,
  reason: text,
  requests_json: json(z.array(sampleSchema)),
  chunk_times_json: json(z.array(z.array(number))),
});
export type ReplicateRow = z.output<typeof replicateRowSchema>;

/** What drift is told from. */
export const speedRowSchema = replicateRowSchema.pick({ visit_id: true, trial_id: true, state: true, tps: true });
export type SpeedRow = z.output<typeof speedRowSchema>;

/** One stretch of the run's timeline; `ended_at_utc` is null while it lasts. */
export const timelineRowSchema = z.object({
  id: z.int(),
  run_id: z.string(),
  phase: z.string(),
  stage: z.int(),
  candidate: text,
  cell: text,
  detail: text,
  started_at_utc: z.string(),
  ended_at_utc: text,
});
export type TimelineRow = z.output<typeof timelineRowSchema>;

/** Something worth keeping about a run: warnings, what was recorded on the way, numbers that were none. */
export const noteRowSchema = z.object({
  id: z.int(),
  run_id: z.string(),
  at_utc: z.string(),
  kind: z.string(),
  text: z.string(),
});
export type NoteRow = z.output<typeof noteRowSchema>;

/** The active run. Whether its owner still lives is for the reader to judge, by pid and start time. */
export const activeRowSchema = z.object({
  run_id: z.string(),
  pid: z.int(),
  pid_started_at: z.string(),
  since_utc: z.string(),
  heartbeat_utc: z.string(),
  phase: z.string(),
  stage: z.int(),
  candidate: text,
  cell: text,
  detail: text,
  /** Share of the whole run, 0 to 1. */
  share: number,
  eta_seconds: number,
  live_tps: number,
  started_at_utc: text,
  target_context: number,
  provider: text,
  method: text,
  simulated: flag.nullable(),
  candidate_models_json: json(z.array(z.string())),
  planned_cells: number,
});
export type ActiveRow = z.output<typeof activeRowSchema>;

/** What applying a recipe came to; see the table's comment for the states. */
export const APPLICATION_STATES = [
  "writing",
  "restarting",
  "applied",
  "unverified",
  "rolled_back",
  "reverted",
  "failed",
] as const;

const changeSchema = z.object({
  key: z.string(),
  before: z.union([z.string(), z.number(), z.null()]),
  after: z.union([z.string(), z.number(), z.null()]),
  /** 1-based. */
  line: z.int(),
});

/** One application of a recipe to a config file. `owner_pid` is set while a process works on it. */
export const applicationRowSchema = z.object({
  id: z.int(),
  run_id: z.string(),
  provider: z.string(),
  model: z.string(),
  at_utc: z.string(),
  updated_utc: z.string(),
  state: z.enum(APPLICATION_STATES),
  config_path: z.string(),
  backup_path: text,
  /** The keys that were changed; how to undo them is the writer's business. */
  edits_json: json(z.array(changeSchema)),
  /** null = there was no file. */
  before_sha256: text,
  after_sha256: z.string(),
  owner_pid: z.int().nullable(),
  owner_started_at: text,
  /** The newest one in force for its config file. */
  is_current: flag,
});
export type ApplicationRow = z.output<typeof applicationRowSchema>;

/** One step of an application or its reversion. */
export const applicationStepSchema = z.object({
  id: z.int(),
  application_id: z.int(),
  at_utc: z.string(),
  step: z.string(),
  ok: flag,
  detail: text,
});
export type ApplicationStepRow = z.output<typeof applicationStepSchema>;

/** One service that a run took out. Open = intended or out; failed = given up, a red state; whether its owner lives is for the reader. */
export const drainRowSchema = z.object({
  id: z.int(),
  run_id: z.string(),
  kind: z.enum(["launchd", "foreground"]),
  name: z.string(),
  state: z.enum(["intended", "out", "restored", "left_out", "failed"]),
  /** What bringing it back needs: `drainedSchema` of core/launchd/drained.ts, without the environment. */
  service_json: json(z.record(z.string(), z.unknown())),
  owner_pid: z.int(),
  owner_started_at: z.string(),
  restorer_pid: z.int().nullable(),
  restorer_started_at: text,
  attempts: z.int(),
  last_error: text,
  created_utc: z.string(),
  updated_utc: z.string(),
});
export type DrainRow = z.output<typeof drainRowSchema>;
