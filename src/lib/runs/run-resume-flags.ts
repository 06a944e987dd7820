// Which runs Resume is offered for, and with which flags. Pure.
// Source: contract §15 (resume: its inputs are the old run's; a run that ran out of time needs more of it).
import type { RunRow } from "../../../worker/core/runs/read-model.ts";
import { ranOutOfTime, whyNotResumable } from "../../../worker/core/runs/resume-choice.ts";

/** Seconds; the longest that `--max-duration` takes. */
const LONGEST_S = 604_800;

/** Whether Resume is worth offering; the worker looks closer. @param visits how many starts of it are stored */
export const isResumable = (run: RunRow, visits: number): boolean => whyNotResumable(run, visits, []) === null;

/** What the old run was told about the live provider holds again, as it has no say in a figure. */
export function resumeFlags(run: RunRow): string[] {
  const inputs = run.inputs_json ?? {};
  const limit = inputs["maxDurationS"];
  return [
    "--resume",
    run.run_id,
    ...(inputs["drain"] === true ? ["--drain"] : []),
    ...(inputs["restartForeground"] === true ? ["--restart-foreground"] : []),
    ...(ranOutOfTime(run) && typeof limit === "number"
      ? ["--max-duration", String(Math.min(LONGEST_S, limit * 2))]
      : []),
  ];
}
