// Tool: take an applied recipe back, after the user has seen what changes.
import { Action, type Tool } from "@raycast/api";
import type { ChangeRequest } from "../lib/change/change-call.ts";
import { hasWork } from "../lib/change/change-document.ts";
import { changeInfo, changeQuestion, changeResult } from "../lib/tools/recipe-tool-change.ts";
import { carryOutShown, planShown } from "../lib/tools/recipe-tool-confirmed.ts";
import { revertInput } from "../lib/tools/recipe-tool-input.ts";

type Input = {
  /** Number of the application to take back, 1 or more, as get-status tells it. Leave out for what was applied last. */
  application?: number;
  /** Also take back keys that were edited since. Leave out unless the tool refused for that reason and the user insists. */
  force?: boolean;
};

export const confirmation: Tool.Confirmation<Input> = async (input) => {
  const planned = await planShown(requestOf(input));
  if (!hasWork(planned)) return undefined;
  return { style: Action.Style.Destructive, message: changeQuestion(planned), info: changeInfo(planned) };
};

/**
 * Put the keys that a recipe changed back to what they were and restart the provider. Later edits of other keys stay. Answers with
 * the state: reverted, or unchanged if nothing is applied.
 */
export default async function tool(input: Input): Promise<object> {
  return changeResult(await carryOutShown(requestOf(input)));
}

function requestOf(input: unknown): ChangeRequest {
  const { application, force } = revertInput(input);
  const target = application == null ? null : String(application);
  return { command: "revert", target, flags: force === true ? { force } : {} };
}
