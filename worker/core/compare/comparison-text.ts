// A comparison as people read it: "was … now …", by how much, and whether that is more than noise. Pure.
// Source: contract §3 (`compare`).
import type { Change, Comparison, Difference, Side } from "../result/comparison-schema.ts";
import { inText } from "../measure/figure.ts";
import { percent, shortId } from "../units.ts";
import { changesIn } from "./compare-runs.ts";
import { cellName } from "../knobs.ts";

/** The block that `compare` prints; warnings come first, so that nobody reads the figures without them. */
export function comparisonText(comparison: Comparison): string {
  const { was, now, warnings, comparable } = comparison;
  const figures = changesIn(comparison).map(({ figure, change }): [string, string] => [
    inText(figure.long),
    changeText(change, figure.text, comparable),
  ]);
  const rows: [string, string][] = [
    ["model", sameOr(was.model ?? "none", now.model ?? "none")],
    ["knobs", sameOr(cellOf(was), cellOf(now))],
    ...figures,
  ];
  const conditions = comparison.conditions.map((one): [string, string] => [one.what, differenceText(one)]);
  return [
    ...warnings.flatMap((warning) => [warning, ""]),
    `was  ${sideText(was)}`,
    `now  ${sideText(now)}`,
    "",
    ...rows.map(line),
    "",
    ...(conditions.length === 0
      ? ["Machine, program, weights and method are the same."]
      : ["Not the same conditions:", ...conditions.map(line)]),
  ].join("\n");
}

/** Names to this width; a longer one still stands apart from its value. */
const WIDTH = 15;
const line = ([name, value]: [string, string]): string => `  ${`${name} `.padEnd(WIDTH)}${value}`;

function sideText(side: Side): string {
  const marks = [side.simulated ? "simulated" : "", side.partial ? "partial" : ""];
  return [shortId(side.run_id), side.started_at ?? "–", side.exit_reason ?? "–", ...marks]
    .filter((part) => part !== "")
    .join("  ");
}

const cellOf = ({ knobs }: Side): string => (knobs === null ? "none" : cellName(knobs));

const sameOr = (was: string, now: string): string => (was === now ? `same: ${was}` : `was ${was}, now ${now}`);

const differenceText = ({ was, now }: Difference): string => `was ${was ?? "unknown"}, now ${now ?? "unknown"}`;

function changeText(change: Change, text: (value: number | null) => string, comparable: boolean): string {
  const values = `was ${text(change.was)}, now ${text(change.now)}`;
  if (change.change === null || !comparable) return values;
  return `${values} (${percent(change.change)}): ${verdictText(change)}`;
}

function verdictText({ verdict, interval }: Change): string {
  const range = interval ? ` (95 %: ${percent(interval[0] - 1)} to ${percent(interval[1] - 1)})` : "";
  switch (verdict) {
    case "better":
      return `better, more than noise${range}`;
    case "worse":
      return `worse, more than noise${range}`;
    case "noise":
      return `no more than noise${range}`;
    case "unknown":
      return "too few replicates to tell from noise";
  }
}
