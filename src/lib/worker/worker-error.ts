// What the extension says when the worker could not do what it was asked: the text for a toast, the log for Copy Log.
// Source: contract §14 (every failure toast has Copy Log).
import { errorText, type Remedy } from "../../../worker/core/errors.ts";

export interface WorkerFailure {
  /** The worker's exit code (contract §3); null if it did not get that far, or nobody knows. */
  code?: number | null;
  /** What the worker wrote to stderr, or the end of its log; "" if nothing. */
  log?: string;
  /** What the user can do, an imperative sentence; null if nothing. */
  remedy?: string | null;
  /** The same as data, as far as the worker gives it. */
  remedies?: readonly Remedy[];
  cause?: unknown;
}

/** The worker could not be started, refused, or failed. `message` is one or a few lines for people. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code: number | null;
  readonly log: string;
  readonly remedy: string | null;
  readonly remedies: readonly Remedy[];

  constructor(message: string, { code = null, log = "", remedy = null, remedies = [], cause }: WorkerFailure = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.log = log;
    this.remedy = remedy;
    this.remedies = remedies;
  }
}

/** Do something that the system may refuse. @throws WorkerError that begins with `what` and names the system's reason */
export function orExplain<T>(what: string, remedy: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WorkerError(`${what}: ${errorText(cause)}`, { remedy, cause });
  }
}
