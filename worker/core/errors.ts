// The one error class of the worker, its closed list of codes, and which exit reason and code each becomes.
// Source: contract §3, table of exit reasons.

export const EXIT_CODES = {
  ok: 0,
  config_error: 2,
  no_feasible: 3,
  provider_conflict: 4,
  pre_warm_integrity_failure: 5,
  budget_exhausted_no_model_selected: 6,
  budget_exhausted_with_partial_recommendation: 7,
  interrupted: 130,
  internal_error: 70,
} as const;
export type ExitReason = keyof typeof EXIT_CODES;
export const EXIT_REASONS = Object.keys(EXIT_CODES) as ExitReason[];

/** The run ended, but the live provider could not be brought back. */
export const EXIT_RESTORE_FAILED = 8;
/** Another run is active (sysexits EX_TEMPFAIL). */
export const EXIT_BUSY = 75;

export type ErrorCode =
  "config_error" | "provider_conflict" | "pre_warm_integrity_failure" | "busy" | "not_found" | "internal_error";

/** Why a command stopped although a flag lets it go on. */
export const LIFTED = ["partial", "simulated", "edited", "gone", "context-cap"] as const;

/** Settings that a remedy asks to be named anew: a flag in a terminal, a preference in Raycast. */
export const NAMED_ANEW = ["db-path", "provider-bin"] as const;

/**
 * What the user can do, as data: repeat with a flag, which lifts one objection; name another value for a setting, `value` if it is known;
 * get a newer version; type a command; look at what is there now.
 */
export type Remedy =
  | { kind: "flag"; flag: string; lifts: (typeof LIFTED)[number] }
  | { kind: "setting"; setting: (typeof NAMED_ANEW)[number]; value?: string | undefined }
  | { kind: "update" }
  | { kind: "command"; command: string }
  | { kind: "look-again" };

/** A failure that ends a command: what is wrong, and what the user can do about it. */
export class AutotuneError extends Error {
  override readonly name = "AutotuneError";
  readonly code: ErrorCode;
  /** What the user can do, an imperative sentence; undefined if nothing. */
  readonly remedy: string | undefined;
  /** The same as data, as far as a program can do it; [] if nothing. */
  readonly remedies: readonly Remedy[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy?: string; remedies?: readonly Remedy[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.remedies = options.remedies ?? [];
  }
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
/** Exit codes of what a signal stopped: 128 + its number. */
export const SIGNAL_CODES: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** Why a run was told to stop; the reason of its AbortSignal. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";
  readonly why: { kind: "interrupted"; signal: StopSignal } | { kind: "budget"; limitSeconds: number };

  constructor(why: RunStopped["why"]) {
    super(why.kind === "budget" ? `budget of ${why.limitSeconds} s exhausted` : `stopped by ${why.signal}`);
    this.why = why;
  }
}

/** One line of text for any thrown value, never empty. */
export function errorText(error: unknown): string {
  // By shape, not by class: errors of other realms are no instances of ours.
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    return error.message || ("name" in error ? String(error.name) : "unknown error");
  }
  return String(error) || "unknown error";
}

/** How a failure begins on stderr, and so at the top of the log of a run in the background. */
const FAILURE_HEADS = { known: "Error: ", internal: "Internal error: " } as const;

/** A failure's lines for stderr. @param text more lines than one are indented */
export const failureLine = (head: keyof typeof FAILURE_HEADS, text: string): string =>
  FAILURE_HEADS[head] + text.split("\n").join("\n  ");

/** What `failureLine` told, without its head; any other text as it is. */
export function failureText(text: string): string {
  const head = Object.values(FAILURE_HEADS).find((one) => text.startsWith(one)) ?? "";
  return text.slice(head.length);
}
