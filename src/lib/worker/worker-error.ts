// What the extension says when the worker could not do what it was asked: the text for a toast, the log for Copy Log.
// Source: contract §14 (every failure toast has Copy Log).
import { errorText, type Remedy } from "../../../worker/core/errors.ts";
import type { DatabaseProblem } from "../database/database-problem.ts";
import { namesPreference } from "./remedy-here.ts";

export interface WorkerFailure {
  /** The worker's exit code (contract §3); null if it did not get that far, or nobody knows. */
  code?: number | null;
  /** What the worker wrote to stderr, or the end of its log; "" if nothing. */
  log?: string;
  /** What the user can do, an imperative sentence; null if nothing. */
  remedy?: string | null;
  /** The same as data, as far as the worker gives it. */
  remedies?: readonly Remedy[];
  /** The extension's preferences are where it can be mended; as the remedies say where it is left out. */
  preferences?: boolean;
  cause?: unknown;
}

/** The worker could not be started, refused, or failed. `message` is one or a few lines for people. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code: number | null;
  readonly log: string;
  readonly remedy: string | null;
  readonly remedies: readonly Remedy[];
  readonly preferences: boolean;

  constructor(message: string, failure: WorkerFailure = {}) {
    const { code = null, log = "", remedy = null, remedies = [], cause } = failure;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.log = log;
    this.remedy = remedy;
    this.remedies = remedies;
    this.preferences = failure.preferences ?? namesPreference(remedies);
  }
}

/** A problem of the database as a reason why the worker did nothing. */
export function asWorkerError(problem: DatabaseProblem, said: Pick<WorkerFailure, "code" | "log"> = {}): WorkerError {
  const { message, remedy, preferences } = problem;
  return new WorkerError(message, { ...said, remedy, preferences, cause: problem });
}

/** Do something that the system may refuse. @throws WorkerError that begins with `what` and names the system's reason */
export function orExplain<T>(what: string, remedy: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WorkerError(`${what}: ${errorText(cause)}`, { remedy, cause });
  }
}
