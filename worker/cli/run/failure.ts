// What a command that failed leaves behind: its exit code, the reason on stderr, and with --json the result document of a refused run, else
// the error alone. Source: contract §3 (exit codes; with --json stdout is exactly one document).
import { CommanderError } from "commander";
import {
  AutotuneError,
  errorText,
  EXIT_BUSY,
  EXIT_CODES,
  failureLine,
  RunStopped,
  SIGNAL_CODES,
  type ErrorCode,
  type ExitReason,
} from "../../core/errors.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { say, type Io } from "../command/io.ts";
import { resultOf } from "./result.ts";

const ERROR_CODES: Record<ErrorCode, number> = {
  config_error: EXIT_CODES.config_error,
  provider_conflict: EXIT_CODES.provider_conflict,
  pre_warm_integrity_failure: EXIT_CODES.pre_warm_integrity_failure,
  busy: EXIT_BUSY,
  not_found: 1,
  internal_error: EXIT_CODES.internal_error,
};

/** A `run` command that did not get as far as its own result. */
export interface RefusedRun {
  runId: string;
  startedAt: string;
  /** Settings that were refused have their defaults. */
  inputs: Inputs;
}

/** Tell a failure. @param refused the run that it kept from beginning, if any. @returns the exit code */
export async function failed(
  error: unknown,
  io: Io,
  wantsJson: () => Promise<boolean>,
  refused: () => Promise<RefusedRun | null>,
): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof RunStopped && error.why.kind === "interrupted") return SIGNAL_CODES[error.why.signal];
  const known = error instanceof AutotuneError ? error : new AutotuneError("internal_error", internalText(error));
  const exitCode = ERROR_CODES[known.code];
  if (await wantsJson()) say(io.stdout, JSON.stringify(failureDocument(known, exitCode, await refused()), null, 2));
  say(io.stderr, failureLine(known === error ? "known" : "internal", known.message));
  if (known.remedy) say(io.stderr, known.remedy);
  return exitCode;
}

function internalText(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : errorText(error);
}

/** @param run null for other commands, and for a run that another one keeps from beginning: there is no result then */
function failureDocument(error: AutotuneError, exitCode: number, run: RefusedRun | null): object {
  const { code, message, remedy = null, remedies } = error;
  const reason = exitReasonOf(code);
  if (run === null || reason === null) return { error: { code, message, remedy, remedies }, exit_code: exitCode };
  const detail = [message, remedy].filter(Boolean).join("\n");
  const nothing = { recommendation: null, verdicts: [], alternates: [] };
  return resultOf(run, run.inputs, null, { ...nothing, exitReason: reason, detail });
}

function exitReasonOf(code: AutotuneError["code"]): ExitReason | null {
  return code === "busy" || code === "not_found" ? null : code;
}
