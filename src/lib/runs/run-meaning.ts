// What a run came to, in one word and one fixed colour. Source: contract §3 (exit reasons), §14.
import type { ExitReason } from "../../../worker/core/errors.ts";
import type { RunRow } from "../../../worker/core/runs/read-model.ts";
import type { Tag } from "../ui/palette.ts";

const ENDS: Record<ExitReason, Tag> = {
  ok: { text: "Recipe", meaning: "good" },
  budget_exhausted_with_partial_recommendation: { text: "Partial", meaning: "warning" },
  budget_exhausted_no_model_selected: { text: "Out of Time", meaning: "warning" },
  interrupted: { text: "Interrupted", meaning: "warning" },
  no_feasible: { text: "Nothing Fits", meaning: "bad" },
  provider_conflict: { text: "Provider in the Way", meaning: "bad" },
  pre_warm_integrity_failure: { text: "Broken Weights", meaning: "bad" },
  config_error: { text: "Bad Input", meaning: "bad" },
  internal_error: { text: "Died", meaning: "bad" },
};

/** @returns how the run ended, or that it is active */
export function endTag({ state, exit_reason: reason }: Pick<RunRow, "state" | "exit_reason">): Tag {
  if (state === "active") return { text: "Active", meaning: "active" };
  if (reason !== null && Object.hasOwn(ENDS, reason)) return ENDS[reason as ExitReason];
  // Rows of other programs.
  return { text: reason ?? "No End", meaning: "neutral" };
}

export const SIMULATED_TAG: Tag = { text: "Simulated", meaning: "simulated" };
/** Another program, or another Mac, says so; to which config is not known here. */
export const MARKED_TAG: Tag = { text: "Marked Applied", meaning: "neutral" };
