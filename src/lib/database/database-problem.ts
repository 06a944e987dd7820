// Why there is nothing to show, and what the user can do. Source: contract §14.

/**
 * missing: nothing was stored there yet, which is no fault. misplaced: nothing can be stored there. older, newer: of another version.
 * locked: another program holds it at this moment.
 */
export type ProblemKind = "missing" | "misplaced" | "older" | "newer" | "locked" | "unreadable";

export class DatabaseProblem extends Error {
  override readonly name = "DatabaseProblem";
  readonly kind: ProblemKind;
  readonly remedy: string;
  /** The extension's preferences are where it can be mended. */
  readonly preferences: boolean;

  constructor(
    kind: ProblemKind,
    message: string,
    { remedy, preferences = false, cause }: { remedy: string; preferences?: boolean; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.remedy = remedy;
    this.preferences = preferences;
  }
}

/** True for a database in a place that nobody chose, where nothing was stored yet. */
export const isNothingYet = (error: unknown): error is DatabaseProblem =>
  error instanceof DatabaseProblem && error.kind === "missing" && !error.preferences;
