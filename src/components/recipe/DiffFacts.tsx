// What belongs to a diff and does not stand in it: which file and why that one, what is restarted, which keys change.
// Source: contract §12.
import { Color, Detail } from "@raycast/api";
import { changeText } from "../../../worker/core/config/apply-text.ts";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import type { Change } from "../../lib/change/change-document.ts";

export function DiffFacts({ change }: { change: Change }) {
  const { config, service, changes, model, run_id, application_id, provider } = change;
  return (
    <Detail.Metadata>
      <Detail.Metadata.Label title="Model" text={shortModel(model)} />
      <Detail.Metadata.Label title="Run" text={shortId(run_id)} />
      {application_id === null ? null : <Detail.Metadata.Label title="Application" text={String(application_id)} />}
      <Detail.Metadata.Separator />
      <Detail.Metadata.Label title="Config" text={config.path} />
      <Detail.Metadata.Label title="Found by" text={config.from} />
      <Detail.Metadata.Label title="Provider" text={provider} />
      <Detail.Metadata.Label title="Restarts" text={service?.label ?? "nothing"} />
      <Detail.Metadata.Separator />
      <Detail.Metadata.TagList title="Changed keys">
        {changes.length === 0 ? (
          <Detail.Metadata.TagList.Item text="none" color={Color.SecondaryText} />
        ) : (
          changes.map((one) => (
            <Detail.Metadata.TagList.Item key={one.key} text={changeText(one)} color={Color.Orange} />
          ))
        )}
      </Detail.Metadata.TagList>
    </Detail.Metadata>
  );
}
