// What a cell is: the serving knobs of one model. One row per knob, by its key in recipe, result and config; whatever names, reads,
// writes or shows a knob follows from its row. Source: contract §10 (mapping), §3 (axes).
import * as z from "zod";

/** How the values of an axis are written on the command line. */
export type AxisValues =
  /** These and no others; null = `unset`. */
  | { kind: "choice"; values: readonly (number | null)[] }
  | { kind: "numbers"; least: number; most: number; unit: string }
  /** Ascending tokens, none below the target context; none given = the target context alone. */
  | { kind: "caps"; least: number; most: number };

export interface Knob {
  /** On the command line: `--<axis>-axis`, with dashes. */
  axis: string;
  /** A value that is set, in JSON and config. */
  value: z.ZodType<number>;
  /** In JSON also where it is unset, as null; otherwise it is left out then, so recipes of before the knob keep their hash. */
  always: boolean;
  /** In the key under which a trial's cell is stored also where it is unset: as it was in the knob's first days. false for every new one. */
  inOldKeys: boolean;
  /** Column of the contract's own in tune_trials; all knobs are in knobs_json, too. */
  column: string | null;
  asked: AxisValues;
  /** Default of the axis in words; null = the values of the servers that have it. */
  defaultText: string | null;
  help: string;
  /** In a cell's name. */
  short: string;
  /** A cell's name says so where it is unset. */
  namesUnset: boolean;
  /** Among the facts of a recipe. */
  label: string;
  /** In the form. */
  field: string;
}

/** Longest context and context cap, in tokens: 2^20. */
export const MOST_CONTEXT = 1_048_576;

/** In the order in which a cell is named. */
export const KNOBS = {
  /** Bits per value of the KV cache. */
  kv_bits: {
    axis: "kv_bits",
    value: z.union([z.literal(4), z.literal(8)]),
    always: true,
    inOldKeys: true,
    column: "kv_bits",
    asked: { kind: "choice", values: [null, 4, 8] },
    defaultText: "unset,4,8",
    help: "bits of the KV cache; unset = flag not passed",
    ...{ short: "kv", namesUnset: true, label: "KV Cache Bits", field: "KV Bits" },
  },
  /** Concurrent requests the server batches. */
  max_concurrency_override: {
    axis: "max_batch",
    value: z.int().positive(),
    always: true,
    inOldKeys: true,
    column: "max_batch",
    asked: { kind: "numbers", least: 1, most: 256, unit: "requests" },
    defaultText: "1,2",
    help: "requests served at once",
    ...{ short: "batch", namesUnset: true, label: "Concurrent Requests", field: "Batch" },
  },
  /** Context cap in tokens. */
  max_context_override: {
    axis: "max_context",
    value: z.int().positive(),
    always: true,
    inOldKeys: true,
    column: "max_context_cap",
    asked: { kind: "caps", least: 128, most: MOST_CONTEXT },
    defaultText: "the target context only",
    help: "absolute context caps",
    ...{ short: "context", namesUnset: false, label: "Context Cap", field: "Context Caps" },
  },
  /** Prompt tokens per prefill step. */
  prefill_step_size: {
    axis: "prefill_step_size",
    value: z.int().positive(),
    always: false,
    inOldKeys: true,
    column: null,
    asked: { kind: "numbers", least: 1, most: 65_536, unit: "tokens" },
    defaultText: null,
    help: "prompt tokens per prefill step",
    ...{ short: "prefill step", namesUnset: false, label: "Prefill Step", field: "Prefill Step" },
  },
} as const satisfies Record<string, Knob>;

type Table = typeof KNOBS;
export type KnobKey = keyof Table;
/** Names of the axes, with underscores. */
export type Axis = Table[KnobKey]["axis"];

/** Columns of tune_trials that knobs have of their own. */
export type KnobColumn = NonNullable<Table[KnobKey]["column"]>;

/** Knobs with their keys, in the table's order. */
export const KNOB_ROWS = Object.entries(KNOBS) as [KnobKey, Knob & { axis: Axis }][];
export const AXES = KNOB_ROWS.map(([, { axis }]) => axis);

/** One value per knob, by its key. */
export const forKnobs = <T>(of: (knob: Knob, key: KnobKey) => T): Record<KnobKey, T> =>
  Object.fromEntries(KNOB_ROWS.map(([key, knob]) => [key, of(knob, key)])) as Record<KnobKey, T>;

/** One value per axis, by its name. */
export const forAxes = <T>(of: (axis: Axis, knob: Knob) => T): Record<Axis, T> =>
  Object.fromEntries(KNOB_ROWS.map(([, knob]) => [knob.axis, of(knob.axis, knob)])) as Record<Axis, T>;

/** Which knob an axis sets. */
export const AXIS_KNOB = Object.fromEntries(KNOB_ROWS.map(([key, { axis }]) => [axis, key])) as Record<Axis, KnobKey>;

type SchemaOf<Key extends KnobKey> = Table[Key]["always"] extends true
  ? z.ZodNullable<Table[Key]["value"]>
  : z.ZodOptional<z.ZodNullable<Table[Key]["value"]>>;

/** null = flag not passed. */
export const knobsSchema = z.object(
  forKnobs(({ value, always }) => (always ? value.nullable() : value.nullable().optional())) as {
    [Key in KnobKey]: SchemaOf<Key>;
  },
);
export type Knobs = z.infer<typeof knobsSchema>;

/**
 * Put knobs together; what is not given is unset.
 * @throws ZodError for a value that the knob cannot have
 */
export function knobsOf(values: Partial<Record<KnobKey, number | null | undefined>>): Knobs {
  const set = KNOB_ROWS.filter(([key, { always }]) => always || (values[key] ?? null) !== null);
  return knobsSchema.parse(Object.fromEntries(set.map(([key]) => [key, values[key] ?? null])));
}

/** Every flag left out: what the provider does by itself. */
export const DEFAULT_KNOBS: Knobs = knobsOf({});

/** Name a cell in one line, the same for equal knobs: "kv unset · batch 1 · context 2000". */
export function cellName(knobs: Knobs): string {
  const parts = KNOB_ROWS.flatMap(([key, { short, namesUnset }]) => {
    const value = knobs[key] ?? null;
    return value === null && !namesUnset ? [] : [`${short} ${value ?? "unset"}`];
  });
  return parts.join(" · ");
}

/** What is set in a cell that stands alone: "batch 1 · context 2000"; null where nothing is. Among others a cell has its name. */
export function setKnobs(knobs: Knobs): string | null {
  const set = KNOB_ROWS.flatMap(([key, { short }]) => (knobs[key] == null ? [] : [`${short} ${knobs[key]}`]));
  return set.length === 0 ? null : set.join(" · ");
}

/** Count the knobs in which two cells differ. */
export function knobDistance(a: Knobs, b: Knobs): number {
  return KNOB_ROWS.filter(([key]) => (a[key] ?? null) !== (b[key] ?? null)).length;
}
