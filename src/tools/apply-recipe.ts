// Tool: write a recipe into the provider's config, after the user has seen what changes.
import { Action, type Tool } from "@raycast/api";
import type { ChangeRequest } from "../lib/change/change-call.ts";
import { hasWork } from "../lib/change/change-document.ts";
import { changeInfo, changeQuestion, changeResult } from "../lib/tools/recipe-tool-change.ts";
import { carryOutShown, planShown } from "../lib/tools/recipe-tool-confirmed.ts";
import { applyInput } from "../lib/tools/recipe-tool-input.ts";

type Input = {
  /** Id of the tuning run whose recipe to apply, or the first 4 or more characters of it. Leave out for the newest recipe. */
  runId?: string;
  /**
   * What to do with max_context_override if the recipe's cap is below what is configured: "keep" leaves it as it is, "lower" writes
   * the cap. Leave out unless the tool asked for it and the user has chosen.
   */
  context?: "keep" | "lower";
  /** Apply although the recipe is partial or simulated. Leave out unless the tool refused for that reason and the user insists. */
  force?: boolean;
};

export const confirmation: Tool.Confirmation<Input> = async (input) => {
  const planned = await planShown(requestOf(input));
  if (!hasWork(planned)) return undefined;
  return { style: Action.Style.Destructive, message: changeQuestion(planned), info: changeInfo(planned) };
};

/**
 * Write a recipe into the provider's config and restart the provider; if it does not come up with it, everything is put back.
 * Answers with the state: applied, unchanged (nothing had to be written) rolled_back (it did not come up), or roll_back_failed (it did
 * not come up, and the recipe is still in the config: say the remedies).
 */
export default async function tool(input: Input): Promise<object> {
  return changeResult(await carryOutShown(requestOf(input)));
}

function requestOf(input: unknown): ChangeRequest {
  const { runId, context, force } = applyInput(input);
  const flags = {
    ...(force === true ? { force } : {}),
    ...(context === "keep" ? { keepContext: true } : {}),
    ...(context === "lower" ? { lowerContext: true } : {}),
  };
  return { command: "apply", target: runId ?? null, flags };
}
