// One run in the list: what it found or tries, its tags in their fixed colours, when. Source: contract §14.
import { Action, Icon, Keyboard, List, type Image } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import { COLORS, icon } from "../lib/palette.ts";
import { endTag, type Tag } from "../lib/run-meaning.ts";
import { shortProgress } from "../lib/run-progress.ts";
import { keywordsOf, tagsOf, titleOf, type RunSummary } from "../lib/run-summary.ts";
import { RunActions } from "./RunActions.tsx";
import { RunDetail, RunDetailPreview } from "./RunDetail.tsx";
import { RunView } from "./RunView.tsx";

interface Props {
  summary: RunSummary;
  nowMs: number;
  /** Rows from the chosen one: 0 reads its trials, those beside it show their row, the rest shows nothing. */
  distance: number;
  isShowingDetail: boolean;
  onToggleDetail: () => void;
  onChange: () => void;
}

/** How many rows around the chosen one have something to show when they are stepped to. */
const NEAR = 3;

export function RunItem({ summary, nowMs, distance, isShowingDetail, onToggleDetail, onChange }: Props) {
  const { run, active } = summary;
  const subtitle = active === null ? {} : { subtitle: shortProgress(active) };
  return (
    <List.Item
      id={run.run_id}
      icon={{ value: iconOf(summary), tooltip: endTag(run).text }}
      title={titleOf(summary)}
      {...subtitle}
      keywords={keywordsOf(summary)}
      accessories={isShowingDetail ? shortAccessories(summary) : allAccessories(summary)}
      detail={isShowingDetail ? detailOf(summary, distance, nowMs) : null}
      actions={
        <RunActions
          summary={summary}
          details={null}
          onChange={onChange}
          first={
            <Action.Push title="Show Run" icon={Icon.Eye} target={<RunView runId={run.run_id} onChange={onChange} />} />
          }
          more={
            <Action
              title={isShowingDetail ? "Hide Detail" : "Show Detail"}
              icon={Icon.Sidebar}
              shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
              onAction={onToggleDetail}
            />
          }
        />
      }
    />
  );
}

function detailOf(summary: RunSummary, distance: number, nowMs: number) {
  if (distance === 0) return <RunDetail summary={summary} nowMs={nowMs} />;
  return distance <= NEAR ? <RunDetailPreview summary={summary} /> : null;
}

function iconOf({ run, recipe, active }: RunSummary): Image.ImageLike {
  if (active !== null) return getProgressIcon(active.share ?? 0, COLORS.active);
  const { meaning } = endTag(run);
  return recipe !== null && meaning === "good" ? icon("good") : icon(meaning);
}

const tagAccessory = ({ text, meaning }: Tag): List.Item.Accessory => ({
  tag: { value: text, color: COLORS[meaning] },
});

function allAccessories(summary: RunSummary): List.Item.Accessory[] {
  const at = new Date(summary.run.started_at_utc ?? "");
  const date = Number.isNaN(at.getTime()) ? [] : [{ date: at, tooltip: `Started ${at.toLocaleString()}` }];
  return [...tagsOf(summary).map(tagAccessory), ...date];
}

/** Beside a detail there is room for one tag; the others shrink to icons. */
function shortAccessories(summary: RunSummary): List.Item.Accessory[] {
  const [first, ...rest] = tagsOf(summary);
  // The subtitle of an active run says more than its tag.
  const shown = first === undefined || summary.active !== null ? [] : [tagAccessory(first)];
  const icons = rest.map(({ text, meaning }) => ({ icon: icon(meaning), tooltip: text }));
  return [...icons, ...shown];
}
