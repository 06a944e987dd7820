// Two runs side by side as a page: was, now, by how much, and whether that is more than noise. Source: contract §3 (`compare`), §14.
import type { Change, Comparison, Difference, Side } from "../../../worker/core/result/comparison-schema.ts";
import { changesIn } from "../../../worker/core/compare/compare-runs.ts";
import { mark, page, table, type Markdown } from "../../../worker/core/text/markdown.ts";
import { percent, shortId, shortModel } from "../../../worker/core/units.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import { endTag } from "./run-meaning.ts";
import { dateText } from "../ui/date-text.ts";
import { inRaycast } from "../ui/raycast-words.ts";

export function comparisonMarkdown(comparison: Comparison): Markdown {
  const { was, now, warnings, conditions, knobs, comparable } = comparison;
  const figures = changesIn(comparison).map(({ figure, change }) => [
    figure.long,
    figure.text(change.was),
    figure.text(change.now),
    comparable && change.change !== null ? percent(change.change) : "–",
    comparable ? verdictText(change) : "–",
  ]);
  const same = (title: string, before: string, after: string) => [
    title,
    before,
    after,
    "",
    before === after ? "same" : "changed",
  ];
  return page(
    ...warnings.map((warning) => mark`**${inRaycast(warning)}**`),
    table(
      ["", `Was: ${sideText(was)}`, `Now: ${sideText(now)}`, "Change", ""],
      [same("Model", modelOf(was), modelOf(now)), same("Knobs", knobsOf(was), knobsOf(now)), ...figures],
    ),
    ...(knobs.length === 0 ? [] : [mark`### Knobs`, differences(knobs)]),
    mark`### Conditions`,
    conditions.length === 0 ? "Machine, program, weights and method are the same." : differences(conditions),
  );
}

const sideText = ({ run_id, started_at }: Side): string => `${dateText(started_at) ?? "?"}, ${shortId(run_id)}`;
const modelOf = ({ model, exit_reason }: Side): string =>
  model === null ? `no recipe (${endTag({ state: "ended", exit_reason }).text})` : shortModel(model);
const knobsOf = ({ knobs }: Side): string => (knobs === null ? "none" : cellName(knobs));

const differences = (all: Difference[]): Markdown =>
  table(
    ["", "Was", "Now"],
    all.map(({ what, was, now }) => [what, was ?? "unknown", now ?? "unknown"]),
  );

/** "better, more than noise (+2.1 % to +4.0 %)". */
export function verdictText({ verdict, interval }: Change): string {
  const range = interval ? ` (${percent(interval[0] - 1)} to ${percent(interval[1] - 1)})` : "";
  if (verdict === "unknown") return "too few requests to tell";
  return verdict === "noise" ? `no more than noise${range}` : `${verdict}, more than noise${range}`;
}
