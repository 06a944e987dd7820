// A comparison as people read it: "was … now …", by how much, and whether that is more than noise. Pure.
// Source: contract §3 (`compare`).
import type { Change, Comparison, Difference, Side } from "../result/comparison-schema.ts";
import { milliseconds, percent, shortId, tokensPerSecond } from "../units.ts";
import { cellName } from "../knobs.ts";

/** The block that `compare` prints; warnings come first, so that nobody reads the figures without them. */
export function comparisonText(comparison: Comparison): string {
  const { was, now, warnings, comparable } = comparison;
  const figure = (change: Change, text: (value: number | null) => string) => changeText(change, text, comparable);
  const rows: [string, string][] = [
    ["model", sameOr(was.model ?? "none", now.model ?? "none")],
    ["knobs", sameOr(cellOf(was), cellOf(now))],
    ["throughput", figure(comparison.tps, tokensPerSecond)],
    ["decode", figure(comparison.decode_tps, tokensPerSecond)],
    ["TTFT p95", figure(comparison.ttft_p95_ms, milliseconds)],
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

const line = ([name, value]: [string, string]): string => `  ${name.padEnd(15)}${value}`;

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
