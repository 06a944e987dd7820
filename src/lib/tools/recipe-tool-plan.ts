// What the tool start-tune shows before anything starts: candidates, cells, time, and what is taken out of service. Pure.
// Source: contract §3 (plan), §5, §14.
import { duration, shortModel } from "../../../worker/core/units.ts";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { inToolNames } from "./tool-words.ts";

const LISTED = 4;

/** Rows of the confirmation. */
export function planInfo(plan: PlanReport): { name: string; value: string }[] {
  const { candidates, cells, conflict } = plan;
  const names = candidates.slice(0, LISTED).map(({ model }) => shortModel(model));
  const more = candidates.length > LISTED ? ` and ${candidates.length - LISTED} more` : "";
  return [
    { name: "Provider", value: plan.machine.simulated ? `${plan.provider}: measures nothing real` : plan.provider },
    { name: "Context", value: `${plan.target_context} tokens` },
    { name: "Models, in this order", value: names.join(", ") + more },
    { name: "Knob cells", value: `${cells.length}, method ${plan.method}` },
    { name: "Takes about", value: `${duration(plan.estimated_seconds)} (estimated, not measured)` },
    { name: "At most", value: duration(plan.max_duration_seconds) },
    { name: "Live provider", value: liveText(conflict, plan.machine.simulated) },
    ...plan.warnings.map((warning) => ({ name: "Warning", value: inToolNames(warning) })),
  ];
}

function liveText(conflict: PlanReport["conflict"], simulated: boolean): string {
  if (conflict === null) return "could not be looked at";
  const none = simulated ? "is left alone" : "none is running";
  return conflict.live.map((one) => `${one.text} is ${one.drained}`).join("; ") || none;
}

/** @throws Error if the run would be refused for what is in its way */
export function refuseConflict({ conflict, machine }: PlanReport): void {
  const refused = conflict?.refused ?? null;
  if (refused === null) return;
  const helps = conflict?.refused_with_drain === null;
  const remedy = helps ? `With drain: true, ${liveText(conflict, machine.simulated)}. Ask the user.` : refused.remedy;
  throw new Error(inToolNames(`${refused.message} ${remedy}`));
}
