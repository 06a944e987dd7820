// The result document of a run and the recipe's hash. Keys are fixed; more may be added, none removed.
// Source: contract §10; canonical form RFC 8785.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import * as z from "zod";
import { METHOD_NAMES } from "../search/methods.ts";
import { comparisonSchema } from "./comparison-schema.ts";
import { EXIT_REASONS } from "../errors.ts";
import { knobsSchema, type Knobs } from "../knobs.ts";
import { recipeShape } from "./figure-shapes.ts";
import { FAILURE_CLASSES } from "../measure/measurement.ts";

export const SPEC_VERSION = "mlx-autotune 1 / SPEC-013 v0.3";

const finite = z.number();
const recommendationSchema = z.object({
  model: z.string(),
  target_context: z.int().positive(),
  knobs: knobsSchema,
  ...recipeShape(),
  replicates: z.int().positive(),
  uplift: z
    .object({
      against: knobsSchema,
      ratio: finite,
      interval: z.tuple([finite, finite]).nullable(),
      confirmed: z.boolean(),
    })
    .nullable(),
  /** The run ended before Stage 2 did. */
  partial: z.boolean(),
  serve_command: z.string(),
  /** Why this cell, one sentence. */
  reason: z.string(),
  /** Axes whose values made no measurable difference. */
  findings: z.array(z.string()),
  thermally_unstable: z.boolean(),
  drift: finite.nullable(),
});
export type Recommendation = z.infer<typeof recommendationSchema>;

export const APPLIED_ENDS = ["unchanged", "applied", "rolled_back", "roll_back_failed", "reverted", "refused"] as const;
/** The kind of the note that says what came of an --apply. */
export const applyNoteKind = (end: (typeof APPLIED_ENDS)[number]): string => `apply ${end}`;

const applicationSchema = z.object({
  state: z.enum(APPLIED_ENDS),
  config_path: z.string().nullable(),
  backup_path: z.string().nullable(),
  /** Why it was refused, or could not be taken back. */
  detail: z.string().nullable(),
});

export const resultSchema = z.object({
  spec_version: z.literal(SPEC_VERSION),
  run_id: z.uuid(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  machine: z.object({
    ram_gb: finite.nonnegative(),
    chip: z.string(),
    os_version: z.string(),
    binary_version: z.string(),
    simulated: z.boolean(),
  }),
  inputs: z.object({
    provider: z.string(),
    target_context: z.int(),
    candidate_models: z.array(z.string()),
    method: z.enum(METHOD_NAMES),
    stage1_replicates: z.int(),
    stage2_replicates: z.int(),
    gate_ttft_ms: finite,
    tps_tie_epsilon: finite,
    seed: z.int(),
  }),
  recommendation: recommendationSchema.nullable(),
  /** Smaller candidates that were not probed, in input order. */
  alternates: z.array(z.string()),
  infeasible: z.array(
    z.object({ model: z.string(), rank: z.int().positive(), reason: z.string(), class: z.enum(FAILURE_CLASSES) }),
  ),
  recipe_hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullable(),
  exit_reason: z.enum(EXIT_REASONS as [string, ...string[]]),
  /** Why the run ended as it did, for people; null for ok. */
  detail: z.string().nullable(),
  db_path: z.string(),
  /** The run that this one resumed; null if it began anew. */
  resumed_from: z.string().nullable().optional(),
  /** What was measured by the resumed run and not again; null if nothing was. */
  taken_over: z
    .object({
      /** Verdicts of Stage 1. */
      candidates: z.array(z.string()),
      /** So many of all visits of a cell. */
      cells: z.array(z.object({ knobs: knobsSchema, visits: z.int(), of_visits: z.int() })),
    })
    .nullable()
    .optional(),
  /** With --compare: the last run like it beside this one; null if there is none. */
  comparison: comparisonSchema.nullable().optional(),
  /** What came of --apply; absent without it, and in what is stored. */
  application: applicationSchema.optional(),
});
export type AppliedAtEnd = z.infer<typeof applicationSchema>;
export type RunResult = z.infer<typeof resultSchema>;

export interface HashedFacts {
  binary_version: string;
  candidate_models: string[];
  chip: string;
  knobs: Knobs;
  model: string;
  ram_gb: number;
  target_context: number;
}

/** @returns "sha256:" and 64 lowercase hex digits over the RFC 8785 form of exactly these facts. */
export function recipeHash(facts: HashedFacts): string {
  const { binary_version, candidate_models, chip, knobs, model, ram_gb, target_context } = facts;
  const text = canonicalize({ binary_version, candidate_models, chip, knobs, model, ram_gb, target_context });
  if (text === undefined) throw new TypeError("the recipe has no canonical form");
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** The published JSON schema of a result (draft 2020-12). */
export function resultJsonSchema(): object {
  return { title: "Result of an MLX Autotune run", ...z.toJSONSchema(resultSchema, { target: "draft-2020-12" }) };
}
