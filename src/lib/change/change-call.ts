// Asks the worker for a change of a config, first as a plan, then in earnest. The worker is the only one who writes.
// Source: contract §12 (shown before it is done; a config changed since the diff was shown is refused).
import { EXIT_CODES, EXIT_RESTORE_FAILED } from "../../../worker/core/errors.ts";
import { changeAnswerSchema, expectedHash, type Change, type NothingToDo } from "./change-document.ts";
import { callWorker } from "../worker/raycast-worker.ts";
import { WorkerError } from "../worker/worker-error.ts";

export interface ChangeFlags {
  force?: boolean;
  keepContext?: boolean;
  lowerContext?: boolean;
}

export interface ChangeRequest {
  command: "apply" | "revert";
  /** A run's id to apply, an application's number to take back; null = the newest recipe, what was applied last. */
  target: string | null;
  flags: ChangeFlags;
}

/** The ready timeout twice (the recipe's restart, and the one after a roll-back), and the rest. */
const CARRY_OUT_MS = 700_000;
/** Both come with a document where something was done, with an error where not. */
const TOLD_CODES = [EXIT_CODES.ok, EXIT_CODES.internal_error, EXIT_RESTORE_FAILED];

/** Say what would change; writes nothing. @throws WorkerError with every reason why it may not be done */
export async function planChange({ command, target, flags }: ChangeRequest): Promise<Change | NothingToDo> {
  return ask([command, ...(target === null ? [] : [target]), "--dry-run", ...flagArguments(flags)], 60_000);
}

/** Do what was shown, and only that. @throws WorkerError; `isOutdated` tells whether the config was changed meanwhile */
export async function carryOut({ command, flags }: ChangeRequest, planned: Change): Promise<Change | NothingToDo> {
  const target = command === "apply" ? planned.run_id : String(planned.application_id);
  const precondition = ["--yes", "--expect", expectedHash(planned)];
  return ask([command, target, ...precondition, ...flagArguments(flags)], CARRY_OUT_MS);
}

/** @returns the flags of the command line */
export function flagArguments({ force, keepContext, lowerContext }: ChangeFlags): string[] {
  return [
    ...(force === true ? ["--force"] : []),
    ...(keepContext === true ? ["--keep-context"] : []),
    ...(lowerContext === true ? ["--lower-context"] : []),
  ];
}

async function ask(args: string[], timeoutMs: number): Promise<Change | NothingToDo> {
  const answer = await callWorker(args, changeAnswerSchema, { okCodes: TOLD_CODES, timeoutMs });
  if (!("error" in answer)) return answer;
  const { message, remedy = null } = answer.error;
  throw new WorkerError(message, { code: EXIT_CODES.internal_error, remedy });
}
