// One run in the list: what it found or tries, its tags in their fixed colours, when. Source: contract §14.
import { Action, ActionPanel, Icon, Keyboard, List, type Image } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import { chartColors, COLORS, icon } from "../../lib/ui/palette.ts";
import { endTag } from "../../lib/runs/run-meaning.ts";
import type { Tag } from "../../lib/ui/palette.ts";
import { shortProgress } from "../../lib/runs/run-progress.ts";
import { keywordsOf, rowTitleOf, tagsOf, titleOf, type RunSummary } from "../../lib/runs/run-summary.ts";
import { RunActions } from "./RunActions.tsx";
import { RunDetail, RunDetailPreview } from "./RunDetail.tsx";
import { RunView } from "./RunView.tsx";
import { dateText } from "../../lib/ui/date-text.ts";

interface Props {
  summary: RunSummary;
  nowMs: number;
  /** Rows from the chosen one: 0 reads its trials, those beside it show their row, the rest shows nothing. */
  distance: number;
  isShowingDetail: boolean;
  onToggleDetail: () => void;
  onChange: () => void;
}

/** How many rows around the chosen one are complete when they are stepped to. */
const NEAR = 1;

export function RunItem(props: Props) {
  const { summary, nowMs, distance, isShowingDetail } = props;
  const { run, active } = summary;
  const subtitle = active === null ? {} : { subtitle: shortProgress(active) };
  return (
    <List.Item
      id={run.run_id}
      icon={{ value: iconOf(summary), tooltip: endTag(run).text }}
      title={isShowingDetail ? rowTitleOf(summary) : titleOf(summary)}
      {...subtitle}
      keywords={keywordsOf(summary)}
      accessories={isShowingDetail ? shortAccessories(summary) : allAccessories(summary)}
      detail={isShowingDetail ? detailOf(summary, distance, nowMs) : null}
      actions={distance <= NEAR ? <NearActions {...props} /> : <FarActions {...props} />}
    />
  );
}

function NearActions({ summary, isShowingDetail, onToggleDetail, onChange }: Props) {
  const toggle = (
    <Action
      title={isShowingDetail ? "Hide Detail" : "Show Detail"}
      icon={Icon.Sidebar}
      shortcut={Keyboard.Shortcut.Common.ToggleQuickLook}
      onAction={onToggleDetail}
    />
  );
  const first = <ShowRunAction summary={summary} onChange={onChange} />;
  return <RunActions summary={summary} details={null} onChange={onChange} first={first} more={toggle} />;
}

/** What a click needs; the rest is there as soon as the row is chosen. A thousand actions cost more than the first paint may. */
const FarActions = ({ summary, onChange }: Props) => (
  <ActionPanel>
    <ShowRunAction summary={summary} onChange={onChange} />
  </ActionPanel>
);

const ShowRunAction = ({ summary, onChange }: Pick<Props, "summary" | "onChange">) => (
  <Action.Push title="Show Run" icon={Icon.Eye} target={<RunView runId={summary.run.run_id} onChange={onChange} />} />
);

function detailOf(summary: RunSummary, distance: number, nowMs: number) {
  if (distance === 0) return <RunDetail summary={summary} nowMs={nowMs} />;
  return distance <= NEAR ? <RunDetailPreview summary={summary} /> : null;
}

function iconOf({ run, recipe, active }: RunSummary): Image.ImageLike {
  if (active !== null) return getProgressIcon(active.share ?? 0, chartColors().active);
  const { meaning } = endTag(run);
  return recipe !== null && meaning === "good" ? icon("good") : icon(meaning);
}

const tagAccessory = ({ text, meaning }: Tag): List.Item.Accessory => ({
  tag: { value: text, color: COLORS[meaning] },
});

function allAccessories(summary: RunSummary): List.Item.Accessory[] {
  const at = new Date(summary.run.started_at_utc ?? "");
  const started = dateText(summary.run.started_at_utc);
  const date = started === null ? [] : [{ date: at, tooltip: `Started ${started}` }];
  return [...tagsOf(summary).map(tagAccessory), ...date];
}

/** Beside a detail there is room for one tag; the others shrink to icons. */
function shortAccessories(summary: RunSummary): List.Item.Accessory[] {
  const [first, ...rest] = tagsOf(summary);
  // The subtitle of an active run says more than its tag.
  const shown = first === undefined || summary.active !== null ? [] : [tagAccessory(first)];
  const { meaning: own } = endTag(summary.run); // the row's own icon says this one
  const others = rest.filter(({ meaning }) => meaning !== own);
  const icons = others.map(({ text, meaning }) => ({ icon: icon(meaning), tooltip: text }));
  return [...icons, ...shown];
}
