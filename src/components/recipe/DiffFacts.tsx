// What belongs to a diff and does not stand in it: which keys change in words, which file and why that one, what is restarted.
import { Detail } from "@raycast/api";
import { shortId } from "../../../worker/core/units.ts";
import { dateText } from "../../lib/ui/date-text.ts";
import type { Change } from "../../lib/change/change-document.ts";
import { changeFacts } from "../../lib/change/change-words.ts";

export function DiffFacts({ change }: { change: Change }) {
  const { config, service, changes, run_id, applied_at, provider } = change;
  return (
    <Detail.Metadata>
      {changeFacts(change).map(({ label, text }) => (
        <Detail.Metadata.Label key={label} title={label} text={text} />
      ))}
      {changes.length === 0 ? <Detail.Metadata.Label title="Changes" text="None" /> : null}
      <Detail.Metadata.Separator />
      <Detail.Metadata.Label title="Config" text={config.path} />
      <Detail.Metadata.Label title="Config Found by" text={config.from} />
      <Detail.Metadata.Label title="Provider" text={provider} />
      <Detail.Metadata.Label title="Restarts" text={service?.label ?? "Nothing"} />
      <Detail.Metadata.Separator />
      <Detail.Metadata.Label title="Run" text={shortId(run_id)} />
      {applied_at === null ? null : <Detail.Metadata.Label title="Applied" text={dateText(applied_at) ?? applied_at} />}
    </Detail.Metadata>
  );
}
