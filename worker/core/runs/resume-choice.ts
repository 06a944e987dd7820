// Which runs can be resumed, and why the others cannot.
// Source: contract §15 (a run that died). Interrupted ones, and those that ran out of time, were cut short just the same.
import type { ExitReason } from "../errors.ts";
import type { RunRow } from "./read-model.ts";
import { shortId } from "../units.ts";

const OUT_OF_TIME: readonly string[] = [
  "budget_exhausted_no_model_selected",
  "budget_exhausted_with_partial_recommendation",
] satisfies ExitReason[];

const CUT_SHORT: readonly string[] = [...OUT_OF_TIME, ...(["internal_error", "interrupted"] satisfies ExitReason[])];

/**
 * Say why a run cannot be resumed.
 * @param finishedVisits how many visits of it are stored
 * @param others all runs; one of them may have resumed it already
 * @returns what follows "run x ", or null if it can
 */
export function whyNotResumable(run: RunRow, finishedVisits: number, others: readonly RunRow[]): string | null {
  if (run.state === "active") return "is still active";
  if (run.exit_reason === "ok") return "ended ok; nothing of it is left to measure";
  if (run.exit_reason === "no_feasible") return "tried every candidate; nothing of it is left to measure";
  if (run.state === "ended" && !CUT_SHORT.includes(run.exit_reason ?? ""))
    return `was refused or given up (${run.exit_reason ?? "no reason stored"}), not cut short`;
  if (run.inputs_json === null) return "was written by another program";
  if (finishedVisits === 0) return "has no finished trial";
  const successor = finishedSuccessor(run, others);
  return successor ? `was resumed by run ${shortId(successor.run_id)} already, which ended ok` : null;
}

/** The run that resumed it and ended ok, maybe after others had died over it. */
function finishedSuccessor(run: RunRow, others: readonly RunRow[]): RunRow | null {
  const heirs = others.filter((one) => one.resumed_from === run.run_id && one.run_id !== run.run_id);
  const done = heirs.find((one) => one.exit_reason === "ok");
  if (done) return done;
  const rest = others.filter((one) => !heirs.includes(one));
  return heirs.map((heir) => finishedSuccessor(heir, rest)).find((one) => one !== null) ?? null;
}

/** True if the run ended because its time was over: more of the same time would end the same way. */
export function ranOutOfTime(run: RunRow): boolean {
  return OUT_OF_TIME.includes(run.exit_reason ?? "");
}
