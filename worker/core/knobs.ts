// What a cell is: the serving knobs of one model, in the configuration's key names.
// Source: contract §10, mapping kv_bits ↔ --kv-bits, max_concurrency_override ↔ --max-batch, max_context_override ↔ --max-context.
import * as z from "zod";

export const knobsSchema = z.object({
  /** Bits per value of the KV cache; null = flag not passed. */
  kv_bits: z.union([z.literal(4), z.literal(8)]).nullable(),
  /** Concurrent requests the server batches; null = flag not passed. */
  max_concurrency_override: z.int().positive().nullable(),
  /** Context cap in tokens; null = flag not passed. */
  max_context_override: z.int().positive().nullable(),
  /** Prompt tokens per prefill step, mlx-lm only; absent or null = flag not passed. */
  prefill_step_size: z.int().positive().nullable().optional(),
});
export type Knobs = z.infer<typeof knobsSchema>;

/** Every flag left out: what the provider does by itself. */
export const DEFAULT_KNOBS: Knobs = { kv_bits: null, max_concurrency_override: null, max_context_override: null };

/** Names of the axes on the command line, in the order in which a cell is named. */
export const AXES = ["kv_bits", "max_batch", "max_context", "prefill_step_size"] as const;
export type Axis = (typeof AXES)[number];

/** Name a cell in one line, the same for equal knobs: "kv unset · batch 1 · context 2000". */
export function cellName(knobs: Knobs): string {
  const parts = [
    `kv ${knobs.kv_bits ?? "unset"}`,
    `batch ${knobs.max_concurrency_override ?? "unset"}`,
    ...(knobs.max_context_override === null ? [] : [`context ${knobs.max_context_override}`]),
    ...(knobs.prefill_step_size == null ? [] : [`prefill step ${knobs.prefill_step_size}`]),
  ];
  return parts.join(" · ");
}

/** Count the knobs in which two cells differ, 0 to 4. */
export function knobDistance(a: Knobs, b: Knobs): number {
  return [
    a.kv_bits !== b.kv_bits,
    a.max_concurrency_override !== b.max_concurrency_override,
    a.max_context_override !== b.max_context_override,
    (a.prefill_step_size ?? null) !== (b.prefill_step_size ?? null),
  ].filter(Boolean).length;
}
