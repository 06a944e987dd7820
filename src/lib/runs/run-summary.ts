// One run as a list shows it, from its row alone: what it is called, where it stands, what can be said of it in a word.
// Source: contract §14 (list by state; first paint from v_runs only).
import { rowModel } from "../ui/row-title.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import { shortId, shortModel, shortTokens } from "../../../worker/core/units.ts";
import { preferred } from "../../../worker/core/runs/newest-recipe.ts";
import type { ActiveRow, ApplicationRow, RunRow } from "../../../worker/core/runs/read-model.ts";
import type { Recommendation, RunResult } from "../../../worker/core/result/recipe.ts";
import { seenTag, type Seen } from "../recipe/config-seen.ts";
import { endTag, MARKED_TAG, SIMULATED_TAG } from "./run-meaning.ts";
import type { Tag } from "../ui/palette.ts";

export interface RunSummary {
  run: RunRow;
  /** Its document; null while it is active, and in rows of other programs. */
  result: RunResult | null;
  recipe: Recommendation | null;
  /** Its recipe as it was applied last; null if that was never, or taken back, or another one was applied over it. */
  application: ApplicationRow | null;
  /** What the config of its application holds now; null as long as nobody has looked. */
  config: Seen | null;
  /** What goes on in it; null unless it is active. */
  active: ActiveRow | null;
}

/** The run of the newest recipe. @param runs newest first; null while none has found one */
export const lastRecipe = (runs: readonly RunSummary[]): RunSummary | null =>
  preferred(runs.filter(({ run, recipe }) => run.state !== "active" && recipe !== null));

export type SectionId = "active" | "recipes" | "without";
export const SECTIONS: { id: SectionId; title: string }[] = [
  { id: "active", title: "Active" },
  { id: "recipes", title: "Recipes" },
  { id: "without", title: "Without a Recipe" },
];

export function sectionOf({ run, recipe }: RunSummary): SectionId {
  if (run.state === "active") return "active";
  return recipe !== null || run.kept_trial_id !== null ? "recipes" : "without";
}

/** The model that was found, or is being tried; else what the run was about. */
export function titleOf({ run, recipe, active }: RunSummary): string {
  if (active !== null) return active.candidate === null ? "Starting" : shortModel(active.candidate);
  if (recipe !== null) return shortModel(recipe.model);
  const models = run.candidate_models_json ?? [];
  const [first] = models;
  if (first === undefined) return `Run ${shortId(run.run_id)}`;
  return models.length === 1 ? shortModel(first) : `${shortModel(first)} and ${models.length - 1} more`;
}

/** The same for a row beside a detail, which has little room. */
export function rowTitleOf(summary: RunSummary): string {
  const { run, recipe, active } = summary;
  const model = active === null ? (recipe?.model ?? null) : active.candidate;
  const models = run.candidate_models_json ?? [];
  if (model !== null) return rowModel(model);
  return active === null && models.length === 1 ? rowModel(models[0] ?? "") : titleOf(summary);
}

/** The tags of a run, the most important first. */
export function tagsOf(summary: RunSummary): Tag[] {
  const { run, recipe } = summary;
  const throughput: Tag | null = recipe === null ? null : { text: throughputText(recipe), meaning: "good" };
  const end = endTag(run);
  return [
    ...(throughput === null ? [] : [throughput]),
    // A throughput says "recipe" by itself.
    ...(throughput !== null && end.text === "Recipe" ? [] : [end]),
    ...(run.simulated ? [SIMULATED_TAG] : []),
    ...appliedTags(summary),
  ];
}

/** Whether its recipe is applied, as far as that is known by now. */
export function appliedTags({ run, application, config }: RunSummary): Tag[] {
  const tag = application === null ? (run.applied ? MARKED_TAG : null) : seenTag(config);
  return tag === null ? [] : [tag];
}

const throughputText = ({ tps_median: tps }: Recommendation): string => FIGURES.tps.text(tps);

/** What the search bar finds a run by: all that stands on its row, each word of a tag, and ids and names in full. */
export function keywordsOf(summary: RunSummary): string[] {
  const { run, recipe } = summary;
  const { target_context: context } = run;
  return searchWords([
    ...[run.run_id, run.exit_reason, run.provider, recipe?.model, ...(run.candidate_models_json ?? [])],
    ...tagsOf(summary).map(({ text }) => text),
    ...(context === null ? [] : [shortTokens(context), String(context)]),
    ...(recipe === null ? [] : cellName(recipe.knobs).split(" · ")),
  ]);
}

/** Each of these, and each of its words. */
export const searchWords = (texts: readonly (string | null | undefined)[]): string[] => [
  ...new Set(texts.flatMap((text) => (text == null ? [] : [text, ...text.split(" ")]))),
];
