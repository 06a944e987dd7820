// What a command that failed leaves on stdout with --json: the result document of a refused run, else the error alone.
// Source: contract §3 (with --json stdout is exactly one document).
import type { AutotuneError, ExitReason } from "../core/errors.ts";
import type { Inputs } from "../core/inputs.ts";
import { resultOf } from "./result.ts";

/** A `run` command that did not get as far as its own result. */
export interface RefusedRun {
  runId: string;
  startedAt: string;
  /** Settings that were refused have their defaults. */
  inputs: Inputs;
}

/** @param run null for other commands, and for a run that another one keeps from beginning: there is no result then */
export function failureDocument(error: AutotuneError, exitCode: number, run: RefusedRun | null): object {
  const { code, message, remedy = null } = error;
  const reason = exitReasonOf(code);
  if (run === null || reason === null) return { error: { code, message, remedy }, exit_code: exitCode };
  const detail = [message, remedy].filter(Boolean).join("\n");
  const nothing = { recommendation: null, verdicts: [], alternates: [] };
  return resultOf(run, run.inputs, null, { ...nothing, exitReason: reason, detail });
}

function exitReasonOf(code: AutotuneError["code"]): ExitReason | null {
  return code === "busy" || code === "not_found" ? null : code;
}
