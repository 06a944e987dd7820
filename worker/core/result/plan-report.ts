// What `plan --json` says, as a schema: the extension reads the plan by it. Source: contract §3 (plan), §5 (conflict).
import * as z from "zod";
import { PROVIDER_CHOICES } from "../../providers/index.ts";
import { METHOD_NAMES } from "../search/methods.ts";
import { knobsSchema } from "../knobs.ts";
import { unlikeSchema } from "./plan-verdict.ts";

const nullableNumber = z.number().nullable();
const refusalSchema = z.object({ message: z.string(), remedy: z.string() });

const candidateSchema = z.object({
  model: z.string(),
  rank: z.int(),
  cached: z.boolean(),
  weight_bytes: nullableNumber,
  /** Where the size is from; null = unknown. */
  weight_source: z.enum(["cache", "hub", "simulated"]).nullable(),
  kv_bytes_at_target: nullableNumber,
  memory_bytes: z.number(),
  /** Weights, cache at the target and what else is needed; null if the weights' size is unknown. */
  needs_bytes: nullableNumber,
  /** measured: a run on this machine found out. estimated: from sizes alone. null: nothing is known. */
  basis: z.enum(["measured", "estimated"]).nullable(),
  fits: z.boolean().nullable(),
  measured: z
    .object({
      run_id: z.string(),
      at: z.string().nullable(),
      target_context: nullableNumber,
      tps: nullableNumber,
      ttft_p95_ms: nullableNumber,
      /** Why it did not fit. */
      reason: z.string().nullable(),
      /** Limits of then that are others now: why it decides nothing (basis is not measured), or decides otherwise. */
      unlike: z.array(unlikeSchema),
    })
    .nullable(),
});
export type PlannedCandidateReport = z.infer<typeof candidateSchema>;

/** What serves here already, and what that means for a run with these settings and for one with --drain. */
export const plannedConflictSchema = z.object({
  /** As the run would say it with `provider_conflict`; null if it could start. */
  refused: refusalSchema.nullable(),
  /** The same for --drain: null if draining clears the way, or nothing is in it. */
  refused_with_drain: refusalSchema.nullable(),
  live: z.array(
    z.object({
      kind: z.enum(["launchd-managed", "foreground", "port"]),
      name: z.string(),
      /** The name with what is known of it. */
      text: z.string(),
      /** What --drain does to it, a clause. */
      drained: z.string(),
    }),
  ),
  /** What could not be looked at. */
  notes: z.array(z.string()),
});
export type PlannedConflict = z.infer<typeof plannedConflictSchema>;

export const planSchema = z.object({
  provider: z.string(),
  /** As it was asked for: auto may have come to the simulator. */
  asked_provider: z.enum(PROVIDER_CHOICES),
  machine: z.object({
    ram_gb: z.number(),
    chip: z.string(),
    os_version: z.string(),
    binary_version: z.string(),
    simulated: z.boolean(),
  }),
  target_context: z.int(),
  candidates: z.array(candidateSchema),
  cells: z.array(z.object({ knobs: knobsSchema, incumbent: z.boolean() })),
  left_out: z.array(z.object({ knobs: knobsSchema, reason: z.string() })),
  method: z.enum(METHOD_NAMES),
  expected_starts: z.number(),
  estimated_seconds: z.number(),
  max_duration_seconds: z.number(),
  /** null: it could not be looked at; `warnings` says why. */
  conflict: plannedConflictSchema.nullable(),
  /** Where models are looked for, a sentence; null where none are needed. */
  cache: z.string().nullable().optional(),
  warnings: z.array(z.string()),
});
export type PlanReport = z.infer<typeof planSchema>;
