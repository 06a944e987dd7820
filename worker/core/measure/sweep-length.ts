// Whether a cell's prompts had the length that the cell is named after. Pure.
// Source: contract §7 (within 2 %, not silently truncated): an endpoint may cut a prompt to its own context without a word.
import { withinTarget, type PromptScale } from "./prompt.ts";
import { noValues, type SweepCell } from "./sweep.ts";

/** A count that falls short by more than this share of the target was cut: a calibrated scale is never so wrong. */
const CUT_SHARE = 0.1;

/** True if the endpoint cut a prompt: sent again it would be cut again, and the count says nothing about the scale. */
export function isCut(promptTokens: number, context: number, scale: PromptScale): boolean {
  return scale.templateTokens !== undefined && promptTokens < context * (1 - CUT_SHARE);
}

/** A cell whose prompts were too short has no figure; one whose prompts were longer says so beside it. */
export function withLength(cell: SweepCell): SweepCell {
  const { prompt_tokens: tokens, context } = cell;
  const measured = cell.state === "feasible" || cell.state === "slow";
  if (tokens === null || !measured || withinTarget(tokens, context, 0.02)) return cell;
  if (tokens > context)
    return { ...cell, reason: [cell.reason, `the prompt had ${tokens} tokens`].filter(Boolean).join("; ") };
  return {
    ...cell,
    state: "invalid",
    feasible: false,
    reason: `the endpoint cut the prompt: it counted ${tokens} tokens instead of ${context}, so there is no figure`,
    ...noValues(),
  };
}
