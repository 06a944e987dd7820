// The document of a comparison of two runs: what `compare --json` prints and `run --compare --json` adds to its result.
// Source: contract §3 (`compare`: "was … now …").
import * as z from "zod";
import { knobsSchema } from "../knobs.ts";
import { comparedShape } from "./figure-shapes.ts";

const figure = z.number().nullable();

/** better, worse: beyond the 95 % interval. unknown: too few replicates are stored, or the runs are not comparable. */
export const VERDICTS = ["better", "worse", "noise", "unknown"] as const;

const changeSchema = z.object({
  was: figure,
  now: figure,
  /** Relative change of the figures shown, 0.05 = 5 % more; null if one is missing. */
  change: figure,
  /** Geometric mean of the replicates, now over was; null if a side has none. */
  ratio: figure,
  /** 95 % interval of `ratio`. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  verdict: z.enum(VERDICTS),
});
export type Change = z.infer<typeof changeSchema>;

const sideSchema = z.object({
  run_id: z.string(),
  started_at: z.string().nullable(),
  exit_reason: z.string().nullable(),
  simulated: z.boolean().nullable(),
  model: z.string().nullable(),
  knobs: knobsSchema.nullable(),
  partial: z.boolean(),
  recipe_hash: z.string().nullable(),
  /** Replicates of the chosen cell that the figures stand on. */
  replicates: z.int(),
});
export type Side = z.infer<typeof sideSchema>;

const differenceSchema = z.object({ what: z.string(), was: z.string().nullable(), now: z.string().nullable() });
export type Difference = z.infer<typeof differenceSchema>;

export const comparisonSchema = z.object({
  was: sideSchema,
  now: sideSchema,
  /** False where the figures say nothing about each other: simulated against real, or a run without a recipe. */
  comparable: z.boolean(),
  /** Sentences to be read before the figures. */
  warnings: z.array(z.string()),
  /** Knobs that changed, by configuration key. */
  knobs: z.array(differenceSchema),
  /** Machine, program, weights and how it was measured, where they differ. */
  conditions: z.array(differenceSchema),
  ...comparedShape(changeSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;
