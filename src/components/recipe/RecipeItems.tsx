// The rows of Current Recipe: an application, and a recipe that waits for one.
import { Icon, List } from "@raycast/api";
import { shown } from "../../../worker/core/text/markdown.ts";
import type { ApplicationRow } from "../../../worker/core/runs/read-model.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import type { Seen } from "../../lib/recipe/config-seen.ts";
import { COLORS, icon } from "../../lib/ui/palette.ts";
import type { Applied, Measured } from "../../lib/recipe/recipe-reading.ts";
import { freshnessOfRun, type Status } from "../../lib/recipe/recipe-status.ts";
import type { Tag } from "../../lib/ui/palette.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import { searchWords } from "../../lib/runs/run-summary.ts";
import { rowModel } from "../../lib/ui/row-title.ts";
import { appliedMarkdown, freshnessTag, notAppliedMarkdown, stateTag, UNSEEN } from "../../lib/recipe/recipe-text.ts";
import { RecipeFacts } from "./RecipeFacts.tsx";
import { RecipeItemActions } from "./RecipeItemActions.tsx";

/** Whether recipes still hold, as far as the worker has said, and what the configs were seen to hold. */
export interface Holding {
  status: Status | null;
  /** null as long as nobody has looked. */
  configOf: (application: ApplicationRow) => Seen | null;
  /** The worker is being asked. */
  isLoading: boolean;
  /** What stands there where it has said nothing. */
  unknown: string;
}

interface AppliedItemProps {
  applied: Applied;
  holding: Holding;
  onDone: () => void;
}

export function AppliedItem({ applied, holding, onDone }: AppliedItemProps) {
  const { application, measured } = applied;
  // What was taken back describes nothing any more.
  const freshness = application.is_current ? freshnessFor(holding, application.run_id) : null;
  const unknown = application.is_current ? holding.unknown : "not in force";
  const config = application.is_current ? holding.configOf(application) : null;
  const tag = stateTag(application, config);
  return (
    <List.Item
      id={`application-${application.id}`}
      icon={icon(tag.meaning)}
      title={rowModel(application.model)}
      keywords={searchWords([
        application.model,
        application.provider,
        tag.text,
        application.run_id,
        application.config_path,
      ])}
      accessories={accessories(application, tag, freshness)}
      detail={
        <List.Item.Detail
          isLoading={application.is_current && holding.isLoading}
          markdown={shown(appliedMarkdown(applied, config, freshness))}
          metadata={<RecipeFacts {...{ application, config, measured, freshness, unknown }} />}
        />
      }
      actions={<RecipeItemActions {...{ application, config, measured, onDone }} />}
    />
  );
}

interface NotAppliedItemProps {
  measured: Measured;
  holding: Holding;
  onDone: () => void;
}

export function NotAppliedItem({ measured, holding, onDone }: NotAppliedItemProps) {
  const { run, recipe } = measured;
  const freshness = freshnessFor(holding, run.run_id);
  return (
    <List.Item
      id={`run-${run.run_id}`}
      icon={icon("neutral", Icon.Download)}
      title={rowModel(recipe.model)}
      keywords={searchWords([recipe.model, run.provider, run.run_id, ...cellName(recipe.knobs).split(" · ")])}
      accessories={[...freshnessIcon(freshness), { tag: { value: "Not Applied", color: COLORS.active } }]}
      detail={
        <List.Item.Detail
          isLoading={holding.isLoading}
          markdown={shown(notAppliedMarkdown(measured, freshness))}
          metadata={
            <RecipeFacts {...{ application: null, config: null, measured, freshness, unknown: holding.unknown }} />
          }
        />
      }
      actions={<RecipeItemActions {...{ application: null, config: null, measured, onDone }} />}
    />
  );
}

const freshnessFor = ({ status }: Holding, runId: string): Freshness | null =>
  status === null ? null : freshnessOfRun(status, runId);

function accessories({ at_utc, provider }: ApplicationRow, tag: Tag, freshness: Freshness | null) {
  const at = new Date(at_utc);
  const isWell = tag.meaning === "good" || tag.text === UNSEEN.text;
  const tags = isWell ? freshnessAccessory(freshness) : [...freshnessIcon(freshness), tagAccessory(tag)];
  return [...tags, { text: provider }, { date: at, tooltip: at.toLocaleString() }];
}

/** Beside a detail there is room for one tag. */
function freshnessIcon(freshness: Freshness | null): List.Item.Accessory[] {
  const tag = freshnessTag(freshness);
  return tag === null ? [] : [{ icon: icon(tag.meaning), tooltip: tag.text }];
}

function freshnessAccessory(freshness: Freshness | null): List.Item.Accessory[] {
  const tag = freshnessTag(freshness);
  return tag === null ? [] : [tagAccessory(tag)];
}

const tagAccessory = ({ text, meaning }: Tag): List.Item.Accessory => ({
  tag: { value: text, color: COLORS[meaning] },
});
