// The figures of one recipe beside its page, with where it is applied. Source: contract §10, §14.
import { List } from "@raycast/api";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import { keyText, type Seen } from "../../lib/recipe/config-seen.ts";
import { COLORS } from "../../lib/ui/palette.ts";
import type { Measured } from "../../lib/recipe/recipe-reading.ts";
import { contextText, differenceText, figureTexts, freshnessTag, stateTag } from "../../lib/recipe/recipe-text.ts";
import { dateText } from "../../lib/ui/date-text.ts";

const { Metadata } = List.Item.Detail;

interface RecipeFactsProps {
  application: ApplicationRow | null;
  /** What its config was seen to hold; null = not looked at, or not in force. */
  config: Seen | null;
  measured: Measured | null;
  freshness: Freshness | null;
  /** Why `freshness` is null. */
  unknown: string;
}

export function RecipeFacts({ application, config, measured, freshness, unknown }: RecipeFactsProps) {
  return (
    <Metadata>
      {application === null ? null : applicationFacts(application, config)}
      {freshnessFacts(freshness, unknown)}
      {measured === null ? null : figureFacts(measured)}
      {application?.backup_path == null ? null : <Metadata.Label title="Backup" text={application.backup_path} />}
    </Metadata>
  );
}

// Plain functions, not components: metadata takes its elements directly.
function applicationFacts(application: ApplicationRow, config: Seen | null) {
  const { id, at_utc, config_path, provider } = application;
  const { text, meaning } = stateTag(application, config);
  return (
    <>
      <Metadata.TagList title="State">
        <Metadata.TagList.Item text={text} color={COLORS[meaning]} />
      </Metadata.TagList>
      <Metadata.Label title="Since" text={dateText(at_utc) ?? "unknown"} />
      <Metadata.Label title="Provider" text={provider} />
      <Metadata.Label title="Config" text={config_path} />
      {config?.differences.map((one) => (
        <Metadata.Label key={one.key} title={`Edited: ${one.key}`} text={keyText(one)} />
      ))}
      <Metadata.Label title="Application" text={String(id)} />
      <Metadata.Separator />
    </>
  );
}

function freshnessFacts(freshness: Freshness | null, unknown: string) {
  const tag = freshnessTag(freshness);
  if (freshness === null || tag === null) return <Metadata.Label title="Holds" text={unknown} />;
  return (
    <>
      <Metadata.TagList title="Holds">
        <Metadata.TagList.Item text={tag.text} color={COLORS[tag.meaning]} />
      </Metadata.TagList>
      {freshness.differences.map((one) => (
        <Metadata.Label key={one.what} title={`Changed: ${one.what}`} text={differenceText(one)} />
      ))}
    </>
  );
}

function figureFacts(measured: Measured) {
  const { run, recipe } = measured;
  return (
    <>
      <Metadata.Separator />
      <Metadata.Label title="Model" text={shortModel(recipe.model)} />
      <Metadata.Label title="Knobs" text={cellName(recipe.knobs)} />
      {figureTexts(measured).map(({ key, title, text }) => (
        <Metadata.Label key={key} title={title} text={text} />
      ))}
      <Metadata.Label title="Context" text={contextText(recipe.target_context)} />
      <Metadata.Label
        title="Measured"
        text={`${dateText(run.ended_at_utc) ?? "unknown"}, run ${shortId(run.run_id)}`}
      />
      <Metadata.Label title="Recipe Hash" text={run.recipe_hash ?? "none"} />
    </>
  );
}
