// What an older measurement says of a run with the limits of now. One under a stricter limit that did not fit, or under a laxer one that
// did, decides nothing. Pure. Source: contract §3 (plan), §7 (gate).
import * as z from "zod";
import { KNOB_ROWS, type KnobColumn } from "../knobs.ts";

/** Limits that a verdict depends on: tokens, ms, s; knobs as text. */
export const LIMITS = ["context", "ttft_gate", "load_limit", "knobs"] as const;

/** A limit that was another one then. null = unknown. */
export const unlikeSchema = z.object({
  limit: z.enum(LIMITS),
  was: z.union([z.number(), z.string()]).nullable(),
  now: z.union([z.number(), z.string()]),
});
export type Unlike = z.infer<typeof unlikeSchema>;

/** A row of Stage 1; null where it does not say. Rows of other programs name no class, and may have been measured with knobs. */
export type OldVerdict = Record<KnobColumn, number | null> & {
  fits: boolean;
  misfit_class: string | null;
  target_context: number | null;
  ttft_p95_ms: number | null;
  gate_ttft_ms: number | null;
  ready_timeout_s: number | null;
};

export interface LimitsNow {
  targetContext: number;
  gateTtftMs: number;
  readyTimeoutS: number;
}

export interface Judged {
  /** null: it does not tell. */
  fits: boolean | null;
  /** Why it does not tell, or tells the other way round; else []. */
  unlike: Unlike[];
}

/** Judge one row. */
export function judgeOld(old: OldVerdict, now: LimitsNow): Judged {
  return old.fits ? judgeFit(old, now) : judgeMisfit(old, now);
}

/**
 * Take the row that tells most: one that decides before one that does not, then one at this context, then the first.
 * @param rows newest first
 * @returns null without any
 */
export function telling<T extends OldVerdict>(rows: readonly T[], now: LimitsNow): { row: T; judged: Judged } | null {
  const all = rows.map((row) => ({ row, judged: judgeOld(row, now) }));
  const rank = ({ row, judged }: { row: T; judged: Judged }) =>
    (judged.fits === null ? 2 : 0) + (row.target_context === now.targetContext ? 0 : 1);
  return all.reduce<(typeof all)[number] | null>(
    (best, one) => (best === null || rank(one) < rank(best) ? one : best),
    null,
  );
}

/** It holds at its own context and shorter ones, while its first token came within what is allowed now. */
function judgeFit(old: OldVerdict, now: LimitsNow): Judged {
  const context = old.target_context ?? 0;
  const shorter = context < now.targetContext ? [contextThen(old, now)] : [];
  const unlike = [...shorter, ...knobsThen(old)];
  if (unlike.length > 0) return { fits: null, unlike };
  const isInTime =
    old.ttft_p95_ms === null ? !isStricter(now.gateTtftMs, old.gate_ttft_ms) : old.ttft_p95_ms <= now.gateTtftMs;
  if (isInTime) return { fits: true, unlike: [] };
  const isKnown = old.ttft_p95_ms !== null && context === now.targetContext;
  return { fits: isKnown ? false : null, unlike: [gateThen(old, now)] };
}

/** It holds at its own context and longer ones, while nothing that it failed by is laxer now. */
function judgeMisfit(old: OldVerdict, now: LimitsNow): Judged {
  const { target_context: context, misfit_class: what } = old;
  const isLonger = (context ?? 0) > now.targetContext;
  const isByGate = (what === "ttft_gate" || what === null) && isStricter(old.gate_ttft_ms, now.gateTtftMs);
  const isByLoad = what === "load_timeout" && isStricter(old.ready_timeout_s, now.readyTimeoutS);
  const unlike: Unlike[] = [
    ...(isLonger ? [contextThen(old, now)] : []),
    ...(isByGate ? [gateThen(old, now)] : []),
    ...(isByLoad ? [{ limit: "load_limit" as const, was: old.ready_timeout_s, now: now.readyTimeoutS }] : []),
    ...knobsThen(old),
  ];
  return { fits: unlike.length > 0 ? null : false, unlike };
}

/** An unknown limit may have been any. */
const isStricter = (one: number | null, other: number | null): boolean => one === null || other === null || one < other;

const contextThen = (old: OldVerdict, now: LimitsNow): Unlike => ({
  limit: "context",
  was: old.target_context,
  now: now.targetContext,
});

const gateThen = (old: OldVerdict, now: LimitsNow): Unlike => ({
  limit: "ttft_gate",
  was: old.gate_ttft_ms,
  now: now.gateTtftMs,
});

/** Stage 1 leaves every flag out. One request at once, and a cap at the very context, are the same as that. */
function knobsThen(old: OldVerdict): Unlike[] {
  const same: Record<KnobColumn, readonly (number | null)[]> = {
    kv_bits: [null],
    max_batch: [null, 1],
    max_context_cap: [null, old.target_context],
  };
  const set = KNOB_ROWS.flatMap(([, { column, short }]) => {
    const name = column as KnobColumn | null;
    return name === null || same[name].includes(old[name]) ? [] : [`${short} ${old[name]}`];
  });
  return set.length === 0 ? [] : [{ limit: "knobs", was: set.join(" · "), now: "default" }];
}
