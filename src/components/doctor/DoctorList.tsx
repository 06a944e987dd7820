// The doctor's checks by state, broken first, each with its text and repair beside it.
import { Icon, List } from "@raycast/api";
import type { Check } from "../../../worker/core/result/check.ts";
import { shown } from "../../../worker/core/text/markdown.ts";
import { useDoctor } from "../../hooks/use-doctor.ts";
import type { Diagnosis } from "../../lib/doctor/doctor-call.ts";
import type { ShownCheck } from "../../lib/doctor/doctor-preferences.ts";
import { checkMarkdown, SECTIONS, summaryMarkdown, summaryOf } from "../../lib/doctor/doctor-text.ts";
import { icon, type Meaning } from "../../lib/ui/palette.ts";
import { DoctorActions, type DoctorActionsProps } from "./DoctorActions.tsx";

const MEANING: Record<Check["state"], Meaning> = { ok: "good", warning: "warning", error: "bad", skipped: "neutral" };

export function DoctorList() {
  const { diagnosis, isLoading, runAgain } = useDoctor();
  const common = { report: diagnosis?.report ?? null, onRunAgain: runAgain };
  return (
    <List isLoading={isLoading} isShowingDetail={diagnosis !== null} searchBarPlaceholder="Search checks">
      {diagnosis === null ? (
        <List.EmptyView
          icon={Icon.Heartbeat}
          title="Looking at everything a run needs"
          description="Node, settings, providers and their versions, models, what serves here, launchd, memory, disk, database. It takes some seconds."
          actions={<DoctorActions {...common} check={null} />}
        />
      ) : (
        <Findings diagnosis={diagnosis} common={common} />
      )}
    </List>
  );
}

type Common = Omit<DoctorActionsProps, "check">;

function Findings({ diagnosis: { report, checks, log }, common }: { diagnosis: Diagnosis; common: Common }) {
  return (
    <>
      {report === null ? null : <SummaryItem report={report} common={common} />}
      {SECTIONS.map(({ state, title }) => (
        <List.Section key={state} title={title}>
          {checks
            .filter((one) => one.state === state)
            .map((one) => (
              <CheckItem key={one.id} check={one} more={log} common={common} />
            ))}
        </List.Section>
      ))}
    </>
  );
}

function SummaryItem({ report, common }: { report: NonNullable<Diagnosis["report"]>; common: Common }) {
  const { title, meaning } = summaryOf(report);
  return (
    <List.Item
      id="summary"
      title={title}
      icon={icon(meaning)}
      detail={<List.Item.Detail markdown={shown(summaryMarkdown(report))} />}
      actions={<DoctorActions {...common} check={null} />}
    />
  );
}

function CheckItem({ check, more, common }: { check: ShownCheck; more: string; common: Common }) {
  return (
    <List.Item
      id={check.id}
      title={check.title}
      keywords={check.text.split(/\s+/)}
      icon={icon(MEANING[check.state])}
      accessories={check.short === undefined ? [] : [{ text: check.short }]}
      detail={<List.Item.Detail markdown={shown(checkMarkdown(check, more))} />}
      actions={<DoctorActions {...common} check={check} />}
    />
  );
}
