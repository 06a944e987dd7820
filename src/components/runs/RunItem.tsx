// One run in the list: what it found or tries, its tags in their fixed colours, when.
import { Action, ActionPanel, Icon, List, type Image } from "@raycast/api";
import { ACTIONS } from "../ui/actions.ts";
import { getProgressIcon } from "@raycast/utils";
import { chartColors, COLORS, icon } from "../../lib/ui/palette.ts";
import { shortTokens } from "../../../worker/core/units.ts";
import { endTag, SIMULATED_TAG } from "../../lib/runs/run-meaning.ts";
import type { Tag } from "../../lib/ui/palette.ts";
import { shortProgress } from "../../lib/runs/run-progress.ts";
import { appliedTags, keywordsOf, rowTitleOf, tagsOf, titleOf, type RunSummary } from "../../lib/runs/run-summary.ts";
import { compareAction } from "./CompareAction.tsx";
import { RunRowActions } from "./RunActions.tsx";
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
  const { run } = summary;
  return (
    <List.Item
      id={run.run_id}
      icon={{ value: iconOf(summary), tooltip: endTag(run).text }}
      title={isShowingDetail ? rowTitleOf(summary) : titleOf(summary)}
      keywords={keywordsOf(summary)}
      accessories={isShowingDetail ? shortAccessories(summary) : allAccessories(summary)}
      detail={isShowingDetail ? detailOf(summary, distance, nowMs) : null}
      actions={distance <= NEAR ? <NearActions {...props} /> : <FarActions {...props} />}
    />
  );
}

function NearActions({ summary, isShowingDetail, onToggleDetail, onChange }: Props) {
  const toggle = <Action {...(isShowingDetail ? ACTIONS.hideDetail : ACTIONS.showDetail)} onAction={onToggleDetail} />;
  const first = <ShowRunAction summary={summary} onChange={onChange} />;
  return (
    <RunRowActions summary={summary} onChange={onChange} first={first} more={toggle} compare={compareAction(summary)} />
  );
}

/** What a click needs; the rest is there as soon as the row is chosen. A thousand actions cost more than the first paint may. */
const FarActions = ({ summary, onChange }: Props) => (
  <ActionPanel>
    <ShowRunAction summary={summary} onChange={onChange} />
  </ActionPanel>
);

const ShowRunAction = ({ summary, onChange }: Pick<Props, "summary" | "onChange">) => (
  <Action.Push
    {...ACTIONS.showRun}
    target={<RunView runId={summary.run.run_id} onChange={onChange} compare={compareAction} />}
  />
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
  return [...progressOf(summary), ...tagsOf(summary).map(tagAccessory), ...contextOf(summary), ...date];
}

/** Beside a detail, which has the figures, little leaves the model's name whole: marks as icons, and what tells two runs of one model apart. */
function shortAccessories(summary: RunSummary): List.Item.Accessory[] {
  const marks = [
    ...(summary.run.simulated ? [{ icon: icon("simulated"), tooltip: SIMULATED_TAG.text }] : []),
    ...appliedTags(summary).map(({ text, meaning }) => ({ icon: icon(meaning, Icon.CheckRosette), tooltip: text })),
  ];
  if (summary.active !== null) return [...marks, ...progressOf(summary)];
  if (summary.recipe !== null) return [...marks, ...contextOf(summary)];
  const [first] = tagsOf(summary);
  return [...marks, ...(first === undefined ? [] : [tagAccessory(first)])];
}

/** Whole, whatever the title's length: Raycast cuts titles and subtitles first. */
const progressOf = ({ active }: RunSummary): List.Item.Accessory[] =>
  active === null ? [] : [{ text: shortProgress(active) }];

/** Runs of one model differ by their context. */
const contextOf = ({ run: { target_context: tokens } }: RunSummary): List.Item.Accessory[] =>
  tokens === null ? [] : [{ text: shortTokens(tokens), tooltip: `At ${tokens} tokens of context` }];
