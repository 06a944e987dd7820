// Joins a tool's confirmation to the tool: only the change that the user has seen is carried out. Raycast calls the two apart, with
// nothing in common but the input, so what was shown is kept in the extension's storage.
// Source: contract §12 (a config changed since the diff was shown is refused), §14 (AI tools with confirmation).
import { LocalStorage } from "@raycast/api";
import * as z from "zod";
import { errorText } from "../../../worker/core/errors.ts";
import { carryOut, planChange, type ChangeRequest } from "../change/change-call.ts";
import { expectedHash, hasWork, isChange, type Change, type NothingToDo } from "../change/change-document.ts";
import { DatabaseProblem, type ProblemKind } from "../database/database-problem.ts";
import { isOutdated } from "../change/change-refusal.ts";
import { OFFER_TUNE } from "./recipe-tool-input.ts";
import { inToolNames } from "./tool-words.ts";

/** A confirmation that is older was about another day's config. */
const VALID_MS = 3_600_000;

const shownSchema = z.object({
  /** Run or application; null = nothing was applied. */
  target: z.string().nullable(),
  /** SHA-256 of the config, or "absent"; null = there was nothing to do. */
  hash: z.string().nullable(),
  atMs: z.number(),
});

/** Plan the change and remember what will be shown. @throws Error in the tool's words if it is refused */
export async function planShown(request: ChangeRequest): Promise<Change | NothingToDo> {
  const planned = await inToolWords(() => planChange(request));
  const shown = isChange(planned)
    ? { target: targetOf(request, planned), hash: expectedHash(planned), atMs: Date.now() }
    : { target: null, hash: null, atMs: Date.now() };
  await LocalStorage.setItem(keyOf(request), JSON.stringify(shown));
  return planned;
}

/**
 * Carry out what was shown for the same input, once.
 * @throws Error if nothing was shown, something else would change by now, or the worker refuses
 */
export async function carryOutShown(request: ChangeRequest): Promise<Change | NothingToDo> {
  const shown = await takeShown(request);
  if (shown === null)
    throw new Error(`The user has not confirmed this ${request.command}, or long ago. Call the tool again.`);
  const same = { ...request, target: shown.target ?? request.target };
  const planned = await inToolWords(() => planChange(same));
  if (!isChange(planned)) return planned;
  if (expectedHash(planned) !== shown.hash || targetOf(request, planned) !== shown.target) throw new Error(OUTDATED);
  return hasWork(planned) ? inToolWords(() => carryOut(same, planned)) : planned;
}

const OUTDATED = "The config was changed since the user confirmed; nothing was written. Call the tool again.";

const keyOf = (request: ChangeRequest): string => `shown:${JSON.stringify(request)}`;

const targetOf = ({ command }: ChangeRequest, { run_id, application_id }: Change): string =>
  command === "apply" ? run_id : String(application_id);

async function takeShown(request: ChangeRequest) {
  const text = await LocalStorage.getItem<string>(keyOf(request));
  if (text === undefined) return null;
  await LocalStorage.removeItem(keyOf(request));
  const { data } = shownSchema.safeParse(JSON.parse(text));
  return data !== undefined && Date.now() - data.atMs < VALID_MS ? data : null;
}

/** @throws Error as `toolError` */
export async function inToolWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toolError(error);
  }
}

/** What an assistant says of a database that it cannot read; it has no views to open. */
const SAY: Record<ProblemKind, string> = {
  missing: OFFER_TUNE,
  misplaced: "Say that the extension's preferences name the place, and that they have to be corrected.",
  locked: "Say that another program holds the database, and ask again in a moment.",
  older: "Say that Tuning Runs in Raycast offers to bring it up to date, and that nothing is lost by that.",
  newer: "Say that the extension has to be updated, or another database chosen in its preferences.",
  unreadable: "Say that Autotune Doctor in Raycast looks at the file and names the repair.",
};

/** What the worker or the database refuses, as one Error: what is wrong, and the remedy in the tools' inputs. */
export function toolError(error: unknown): Error {
  if (isOutdated(error)) return new Error(OUTDATED, { cause: error });
  if (error instanceof DatabaseProblem) {
    const say = error.preferences ? error.remedy : SAY[error.kind];
    return new Error(`${error.message}\n${say}`, { cause: error });
  }
  const remedy = error instanceof Error && "remedy" in error && typeof error.remedy === "string" ? [error.remedy] : [];
  return new Error(inToolNames([errorText(error), ...remedy].join("\n")), { cause: error });
}
