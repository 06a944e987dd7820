// The form of Find Best Recipe: its state, the live plan, and the way to a run.
import { Form, useNavigation } from "@raycast/api";
import { useRef, useState } from "react";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { useDatabase } from "../../hooks/use-database.ts";
import { usePlan } from "../../hooks/use-plan.ts";
import { usePresets } from "../../hooks/use-presets.ts";
import { useTuneForm, type TuneFormState } from "../../hooks/use-tune-form.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { livingRun } from "../../lib/tune/tune-form-active.ts";
import { startTune } from "../../lib/tune/tune-form-start.ts";
import { FIELDS, TITLES, type TuneField, type TuneValues } from "../../lib/tune/tune-form.ts";
import { RunView } from "../runs/RunView.tsx";
import { TuneFormActions } from "./TuneFormActions.tsx";
import { TuneFormAdvanced } from "./TuneFormAdvanced.tsx";
import { TuneFormFields } from "./TuneFormFields.tsx";
import { ActiveNotice, TuneFormNotices } from "./TuneFormNotices.tsx";

/** A run that starts or ends elsewhere is noticed while the form is open. */
const LOOK_MS = 3000;

export function TuneForm({ initial }: { initial: TuneValues }) {
  const form = useTuneForm(initial);
  const presets = usePresets();
  const active = useDatabase(livingRun, [], LOOK_MS);
  const sound = Object.keys(form.problems).length === 0;
  const live = usePlan(sound && active.data == null ? form.flags : null);
  const { push } = useNavigation();
  const [isStarting, setStarting] = useState(false);
  const starting = useRef(false);

  const show = (runId: string) => push(<RunView runId={runId} />, active.revalidate);
  const start = async (plan: PlanReport | null) => {
    if (starting.current) return;
    const wrong = FIELDS.find((one) => form.problems[one] !== undefined);
    if (wrong !== undefined) return refuseProblem(form, wrong);
    // Nothing is awaited between here and the worker's start.
    starting.current = true;
    setStarting(true);
    const runId = await startTune(form.values, plan, show);
    starting.current = false;
    setStarting(false);
    active.revalidate();
    if (runId !== null) show(runId);
  };
  const shown = isStarting ? null : (active.data ?? null);
  return (
    <Form
      isLoading={live.isLoading || isStarting}
      actions={
        <TuneFormActions
          form={form}
          presets={presets}
          live={live}
          activeRunId={active.data?.run_id ?? null}
          onStart={() => start(live.plan)}
          onStartPlan={start}
          onShow={show}
        />
      }
    >
      {shown === null ? null : <ActiveNotice active={shown} />}
      <TuneFormFields form={form} />
      <TuneFormAdvanced form={form} />
      {shown === null ? <Form.Separator /> : null}
      {shown === null ? <TuneFormNotices form={form} live={live} /> : null}
    </Form>
  );
}

/** Say the problem and show its field. */
async function refuseProblem({ values, problems, set }: TuneFormState, field: TuneField): Promise<void> {
  if (!values.advanced) set("advanced", true);
  await showFailure("The form is not complete", new Error(`${TITLES[field]}: ${problems[field] ?? ""}`));
}
