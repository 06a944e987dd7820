// What a search believes while it runs and at its end: who leads, how much doubt is left, what each knob does. As data, for
// stores and pictures. Source: docs/doubt.md.
import * as z from "zod";
import { AXES } from "../knobs.ts";

const share = z.number().min(0).max(1);
/** Relative change: 0.12 = 12 % faster. */
const ratio = z.number().gte(-1);
/** 95 % interval of a relative change, low ≤ high. */
const interval = z.tuple([ratio, ratio]);

const cellBelief = z.object({
  cellIndex: z.int().min(0),
  /** Against the baseline, else against the leader. */
  ratio,
  interval,
});

const valueEffect = z.object({
  /** Null = the knob is left unset. */
  value: z.number().nullable(),
  /** Against the baseline's value of this axis, over cells that are equal otherwise. */
  ratio,
  interval,
});

const axisBelief = z.object({
  axis: z.enum(AXES),
  /** Probability that the axis has an effect of its own. */
  matters: share,
  /** The value that the effects are told against. */
  against: z.number().nullable(),
  effects: z.array(valueEffect),
});

export const beliefSchema = z.object({
  /** Cell indices. */
  leader: z.int().min(0),
  baseline: z.int().min(0).nullable(),
  /** The cell with the highest probability of being more than 5 % faster than the leader, and that probability. */
  rival: z.int().min(0).nullable(),
  doubt: share,
  /** The leader is the baseline, or is measurably faster than it. */
  proven: z.boolean(),
  /** Probability that the leader is more than 1.5 % faster than the baseline; null if it is the baseline or there is none. */
  proof: share.nullable(),
  /** The cell that is asked next; null once the search is over. */
  next: z.int().min(0).nullable(),
  cells: z.array(cellBelief),
  axes: z.array(axisBelief),
  /** Relative change of the machine's speed since the first request. */
  drift: ratio,
  /** Noise of one request, relative standard deviation. */
  noise: z.number().min(0),
});

/** What a search believes after a visit. */
export type Belief = z.infer<typeof beliefSchema>;
