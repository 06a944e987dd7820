// The figures of one recipe beside its page, with where it is applied.
import { List } from "@raycast/api";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import type { Seen } from "../../lib/recipe/config-seen.ts";
import { COLORS } from "../../lib/ui/palette.ts";
import type { Measured } from "../../lib/recipe/recipe-reading.ts";
import { briefFigures, contextText, freshnessTag, knobsText, stateTag } from "../../lib/recipe/recipe-text.ts";
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

/** Six at most, so that what was changed and why is seen above them; the rest stands there. */
export function RecipeFacts({ application, config, measured, freshness, unknown }: RecipeFactsProps) {
  return (
    <Metadata>
      {application === null ? null : applicationFacts(application, config)}
      {freshnessFact(freshness, unknown)}
      {measured === null ? null : figureFacts(measured, application === null)}
    </Metadata>
  );
}

// Plain functions, not components: metadata takes its elements directly.
function applicationFacts(application: ApplicationRow, config: Seen | null) {
  const { text, meaning } = stateTag(application, config);
  return (
    <>
      <Metadata.TagList title="State">
        <Metadata.TagList.Item text={text} color={COLORS[meaning]} />
      </Metadata.TagList>
      <Metadata.Label title="Since" text={dateText(application.at_utc) ?? "unknown"} />
    </>
  );
}

function freshnessFact(freshness: Freshness | null, unknown: string) {
  const tag = freshnessTag(freshness);
  if (tag === null) return <Metadata.Label title="Holds" text={unknown} />;
  return (
    <Metadata.TagList title="Holds">
      <Metadata.TagList.Item text={tag.text} color={COLORS[tag.meaning]} />
    </Metadata.TagList>
  );
}

/** @param whole where nothing stands about an application */
function figureFacts(measured: Measured, whole: boolean) {
  const { run, recipe } = measured;
  return (
    <>
      <Metadata.Label title="Knobs" text={knobsText(recipe.knobs)} />
      {briefFigures(measured).map(({ key, title, text }) => (
        <Metadata.Label key={key} title={title} text={text} />
      ))}
      {whole ? <Metadata.Label title="Context" text={contextText(recipe.target_context)} /> : null}
      {whole ? <Metadata.Label title="Measured" text={dateText(run.ended_at_utc) ?? "unknown"} /> : null}
    </>
  );
}
