// What the form says before the start: a run that is active already, that nothing is measured, what is in the way, the plan.
// Source: contract §14 (live plan and conflict notice before the start), §3 (the simulator says so loudly).
import { Form } from "@raycast/api";
import { shortId, SIMULATED_BANNER } from "../../../worker/core/units.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import type { LivePlan } from "../../hooks/use-plan.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import { failureMessage } from "../../lib/ui/failure-toast.ts";
import { conflictNotice, planSummary } from "../../lib/tune/plan-text.ts";
import { SIMULATED } from "../../../worker/providers/index.ts";
import { FIELDS, TITLES } from "../../lib/tune/tune-form.ts";

interface NoticesProps {
  form: TuneFormState;
  live: LivePlan;
  active: ActiveRow | null;
  isStarting: boolean;
}

export function TuneFormNotices({ form, live, active, isStarting }: NoticesProps) {
  if (active !== null && !isStarting) return <Form.Description title="⚠️ Active Run" text={activeText(active)} />;
  const { values } = form;
  const { plan } = live;
  const simulated = values.provider === SIMULATED || plan?.machine.simulated === true;
  const conflict = plan === null ? null : conflictNotice(plan.conflict, values.drain);
  return (
    <>
      {simulated ? <Form.Description title="⚠️ Simulated" text={SIMULATED_BANNER} /> : null}
      {conflict === null ? null : <Form.Description title={conflict.title} text={conflict.text} />}
      <Form.Description title="Plan" text={planText(form, live)} />
    </>
  );
}

function activeText({ run_id, phase, share }: ActiveRow): string {
  const done = share === null ? "" : `, ${Math.round(share * 100)} %`;
  return `Run ${shortId(run_id)} is under way (${phase}${done}). There is one run at a time: show it, or wait for its end.`;
}

function planText({ problems }: TuneFormState, { plan, error }: LivePlan): string {
  const wrong = FIELDS.filter((field) => problems[field] !== undefined);
  if (wrong.length > 0) return `Mend first: ${wrong.map((field) => TITLES[field]).join(", ")}`;
  if (plan !== null) return planSummary(plan);
  return error === null ? "Looking at the models and this Mac …" : `A run could not start: ${failureMessage(error)}`;
}
