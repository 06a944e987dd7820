// The words of Current Recipe: figures, what was changed, each step, and why a recipe no longer holds. Pure.
// Source: contract §10 (readable block), §14, §15 (stale).
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { bullets, mark, page, type Markdown } from "../../../worker/core/text/markdown.ts";
import { setKnobs, type Knobs } from "../../../worker/core/knobs.ts";
import { shortTokens } from "../../../worker/core/units.ts";
import type { ApplicationRow, ApplicationStepRow } from "../../../worker/core/runs/read-model.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import { changeLine } from "../change/change-words.ts";
import { seenLines, seenTag, type Seen } from "./config-seen.ts";
import type { Applied, Measured } from "./recipe-reading.ts";
import type { Tag } from "../ui/palette.ts";
import { inRaycast } from "../ui/raycast-words.ts";

/** "41.8 tok/s (40.9 to 42.7)": the median and its 95 % interval, if there is one. */
export function throughputText({ recipe, kept }: Measured): string {
  const figure = FIGURES.tps.text(recipe.tps_median);
  if (kept?.interval_low == null || kept.interval_high == null) return figure;
  return `${figure} (${kept.interval_low.toFixed(1)} to ${kept.interval_high.toFixed(1)})`;
}

/** Throughput and TTFT; every figure is on the run's own page. */
export const briefFigures = (measured: Measured): { key: string; title: string; text: string }[] => [
  { key: "tps", title: FIGURES.tps.long, text: throughputText(measured) },
  { key: "ttft", title: FIGURES.ttft_p95_ms.long, text: FIGURES.ttft_p95_ms.text(measured.recipe.ttft_p95_ms) },
];

export const contextText = (tokens: number): string => `${shortTokens(tokens)} tokens`;

/** Of an application whose config nobody has looked at yet. */
export const UNSEEN: Tag = { text: "Being Checked", meaning: "neutral" };

const STATES: Record<ApplicationRow["state"], Tag> = {
  writing: { text: "Being Written", meaning: "active" },
  restarting: { text: "Restarting", meaning: "active" },
  // Until another one was applied to that config.
  applied: { text: "Replaced", meaning: "neutral" },
  unverified: { text: "Unverified", meaning: "warning" },
  rolled_back: { text: "Rolled Back", meaning: "bad" },
  reverted: { text: "Reverted", meaning: "neutral" },
  failed: { text: "Not Written", meaning: "bad" },
};

/** How an application reads: one that is the latest of its config by what that was seen to hold. */
export function stateTag({ state, is_current: isLatest }: ApplicationRow, config: Seen | null): Tag {
  if (!isLatest) return STATES[state];
  const seen = seenTag(config) ?? UNSEEN;
  // Nobody saw the provider come up with what stands there.
  return state === "unverified" && config?.state === "holds" ? STATES.unverified : seen;
}

/** Tag of a recipe's freshness; null while it is not known. */
export function freshnessTag(freshness: Freshness | null): Tag | null {
  switch (freshness?.state) {
    case undefined:
      return null;
    case "fresh":
      return { text: "Fresh", meaning: "good" };
    case "stale":
      return { text: "Stale", meaning: "warning" };
    case "simulated":
      return { text: "Simulated", meaning: "simulated" };
  }
}

/** "macOS 26.0, now macOS 26.1"; of what may be in several places, with the one that was looked at. */
export function differenceText({ was, now, where }: Freshness["differences"][number]): string {
  return `${short(was)}, now ${now === null ? "not there" : short(now)}${where === undefined ? "" : ` in ${where}`}`;
}

/** Commits by their beginning. */
const short = (value: string): string => (/^[0-9a-f]{40}$/.test(value) ? value.slice(0, 7) : value);

/** The page of an application: what is wrong with it, what it changed, its steps. */
export function appliedMarkdown(
  { application, steps, measured }: Applied,
  config: Seen | null,
  freshness: Freshness | null,
): Markdown {
  const edits = (application.edits_json ?? []).map(changeLine);
  return page(
    ...seenLines(config, application.config_path),
    ...doubtLines(application),
    ...staleLines(freshness),
    measured === null ? "The run of this recipe was deleted; its figures are gone." : inRaycast(measured.recipe.reason),
    mark`### Changes`,
    edits.length === 0 ? "None that are known." : bullets(edits),
    mark`### Steps`,
    steps.length === 0 ? "None that are known." : bullets(steps.map(stepLine)),
    mark`### Files`,
    filesText(application),
  );
}

const filesText = ({ id, config_path, backup_path }: ApplicationRow): Markdown =>
  bullets([`Config: ${config_path}`, backup_path === null ? null : `Backup: ${backup_path}`, `Application ${id}`]);

function doubtLines({ state }: ApplicationRow): Markdown[] {
  if (state !== "unverified") return [];
  return [
    mark`**Unverified**: it was written, but nobody saw the provider come up with it. Apply it again to see it through.`,
  ];
}

function staleLines(freshness: Freshness | null): Markdown[] {
  if (freshness?.state !== "stale") return [];
  const reasons = freshness.differences.map((one) => `${one.what}: ${differenceText(one)}`);
  return [mark`**Stale**: this is no longer the machine that it was measured on.`, bullets(reasons)];
}

function stepLine({ at_utc, step, ok, detail }: ApplicationStepRow): string {
  return `${ok ? "✓" : "✗"} ${clock(at_utc)} ${step}${detail === null ? "" : `: ${detail}`}`;
}

/** The page of a recipe that was not applied yet. */
export function notAppliedMarkdown({ recipe }: Measured, freshness: Freshness | null): Markdown {
  return page(
    mark`**Not applied yet.** Apply shows the diff first.`,
    recipe.partial && mark`**Partial**: its run ended before all knobs were compared.`,
    ...staleLines(freshness),
    inRaycast(recipe.reason),
    bullets(recipe.findings),
  );
}

/** Local time of day. */
const clock = (utc: string): string => new Date(utc).toLocaleTimeString("en-GB");

/** What a recipe sets. */
export const knobsText = (knobs: Knobs): string => setKnobs(knobs) ?? "as the server sets them";
