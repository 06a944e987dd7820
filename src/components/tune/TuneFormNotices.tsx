// What the form says before the start: a run that is active already, that nothing is measured, what is in the way, the plan.
// Source: contract §14 (live plan and conflict notice before the start), §3 (the simulator says so loudly).
import { Form } from "@raycast/api";
import { SIMULATED_AS_ASKED } from "../../../worker/core/result/plan-words.ts";
import { shortId } from "../../../worker/core/units.ts";
import { activeWhere } from "../../../worker/core/runs/active-progress.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import type { LivePlan } from "../../hooks/use-plan.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import { failureMessage } from "../../lib/ui/failure-toast.ts";
import { conflictNotice, planSummary, simulatedNotice } from "../../lib/tune/plan-text.ts";
import { SIMULATED } from "../../../worker/providers/index.ts";
import { FIELDS, TITLES } from "../../lib/tune/tune-form.ts";

/** On top of the form: nothing below can be started before its end. */
export function ActiveNotice({ active }: { active: ActiveRow }) {
  return <Form.Description title="⚠️ Active Run" text={activeText(active)} />;
}

export function TuneFormNotices({ form, live }: { form: TuneFormState; live: LivePlan }) {
  const { values } = form;
  const { plan } = live;
  const asked = values.provider === SIMULATED ? SIMULATED_AS_ASKED : null;
  const simulated = plan === null ? asked : simulatedNotice(plan);
  const conflict = plan === null ? null : conflictNotice(plan.conflict, values.drain);
  return (
    <>
      {simulated === null ? null : <Form.Description title="⚠️ Simulated" text={simulated} />}
      {conflict === null ? null : <Form.Description title={conflict.title} text={conflict.text} />}
      <Form.Description title="Plan" text={planText(form, live)} />
    </>
  );
}

function activeText(active: ActiveRow): string {
  const where = [active.phase, activeWhere(active)].filter((part) => part !== null).join(", ");
  return `Run ${shortId(active.run_id)} is under way (${where}). There is one run at a time: Show Run (⌘⇧↩) opens it.`;
}

function planText({ problems }: TuneFormState, { plan, error }: LivePlan): string {
  const wrong = FIELDS.filter((field) => problems[field] !== undefined);
  if (wrong.length > 0) return `Mend first: ${wrong.map((field) => TITLES[field]).join(", ")}`;
  if (plan !== null) return planSummary(plan);
  return error === null ? "Looking at the models and this Mac …" : `A run could not start: ${failureMessage(error)}`;
}
