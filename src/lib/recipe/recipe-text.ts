// The words of Current Recipe: figures, what was changed, each step, and why a recipe no longer holds. Pure.
// Source: contract §10 (readable block), §14, §15 (stale).
import { changeText, shownChanges } from "../../../worker/core/config/apply-text.ts";
import { figuresOf, inRecipe } from "../../../worker/core/measure/figure-lists.ts";
import { shortTokens } from "../../../worker/core/units.ts";
import type { ApplicationRow, ApplicationStepRow } from "../../../worker/core/runs/read-model.ts";
import type { Freshness } from "../../../worker/core/machine/staleness.ts";
import { seenLines, seenTag, type Seen } from "./config-seen.ts";
import type { Applied, Measured } from "./recipe-reading.ts";
import type { Tag } from "../ui/palette.ts";
import { plain } from "../ui/run-plain.ts";

/** "41.8 tok/s (40.9 to 42.7)": the median and its 95 % interval, if there is one. */
export function throughputText({ recipe, kept }: Measured): string {
  const figure = `${recipe.tps_median.toFixed(1)} tok/s`;
  if (kept?.interval_low == null || kept.interval_high == null) return figure;
  return `${figure} (${kept.interval_low.toFixed(1)} to ${kept.interval_high.toFixed(1)})`;
}

/** Every figure of the recipe, "–" where it is not known. */
export const figureTexts = (measured: Measured): { key: string; title: string; text: string }[] =>
  figuresOf("recipe").map(({ key, long, text, recipe }) => ({
    key,
    title: long,
    text: key === "tps" ? throughputText(measured) : text(inRecipe(recipe, measured.recipe)),
  }));

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
  reverted: { text: "Taken Back", meaning: "neutral" },
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
): string {
  const edits = shownChanges(application.edits_json ?? []).map((edit) => `- \`${changeText(edit)}\``);
  return [
    ...seenLines(config, application.config_path),
    ...doubtLines(application),
    ...staleLines(freshness),
    ...(measured === null
      ? ["The run of this recipe was deleted; its figures are gone."]
      : [plain(measured.recipe.reason)]),
    "### Changed keys",
    edits.join("\n") || "None that are known.",
    "### Steps",
    steps.map(stepLine).join("\n") || "None that are known.",
  ].join("\n\n");
}

function doubtLines({ state }: ApplicationRow): string[] {
  if (state !== "unverified") return [];
  return [
    "**Unverified**: it was written, but nobody saw the provider come up with it. Apply it again to see it through.",
  ];
}

function staleLines(freshness: Freshness | null): string[] {
  if (freshness?.state !== "stale") return [];
  const reasons = freshness.differences.map((one) => `- ${one.what}: ${plain(differenceText(one))}`);
  return [`**Stale**: this is no longer the machine that it was measured on.\n\n${reasons.join("\n")}`];
}

function stepLine({ at_utc, step, ok, detail }: ApplicationStepRow): string {
  return `- ${ok ? "✓" : "✗"} ${clock(at_utc)} ${step}${detail === null ? "" : `: ${plain(detail)}`}`;
}

/** The page of a recipe that was not applied yet. */
export function notAppliedMarkdown({ recipe }: Measured, freshness: Freshness | null): string {
  const findings = recipe.findings.map((finding) => `- ${plain(finding)}`).join("\n");
  return [
    "**Not applied yet.** Apply shows the diff first.",
    ...(recipe.partial ? ["**Partial**: its run ended before all knobs were compared."] : []),
    ...staleLines(freshness),
    plain(recipe.reason),
    findings,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Local time of day. */
const clock = (utc: string): string => new Date(utc).toLocaleTimeString("en-GB");
