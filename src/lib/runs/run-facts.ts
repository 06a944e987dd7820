// A run's figures and conditions as a list of facts: defined once, shown beside the list, in the run view and nowhere differently.
// Source: contract §10, §14 (metadata).
import { KNOB_ROWS } from "../../../worker/core/knobs.ts";
import { figuresOf, inRecipe, type FigureKey } from "../../../worker/core/measure/figure-lists.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { duration, percent, shortTokens } from "../../../worker/core/units.ts";
import type { RunRow, TrialRow } from "../../../worker/core/runs/read-model.ts";
import type { Recommendation } from "../../../worker/core/result/recipe.ts";
import { intervalOf } from "../../../worker/core/runs/trial-name.ts";
import { endTag, SIMULATED_TAG } from "./run-meaning.ts";
import type { Tag } from "../ui/palette.ts";
import { candidateText, elapsedText, etaText, liveText, phaseText, shareText, stageText } from "./run-progress.ts";
import { appliedTags, type RunSummary } from "./run-summary.ts";
import { dateText } from "../ui/date-text.ts";

export type Fact =
  { kind: "text"; title: string; text: string } | { kind: "tags"; title: string; tags: Tag[] } | { kind: "line" };

/** @param kept the winner's own row; null while it is not read, or there is none */
export function runFacts(summary: RunSummary, kept: TrialRow | null, nowMs: number | null): Fact[] {
  return [
    { kind: "tags", title: "State", tags: stateTags(summary) },
    ...(summary.active === null ? [] : activeFacts(summary, nowMs)),
    ...(summary.recipe === null ? [] : recipeFacts(summary.recipe, summary.run, kept)),
    { kind: "line" },
    ...conditionFacts(summary),
    { kind: "line" },
    ...identityFacts(summary.run),
  ];
}

function stateTags(summary: RunSummary): Tag[] {
  const { run, recipe } = summary;
  const unstable: Tag = { text: "Thermally Unstable", meaning: "warning" };
  return [
    endTag(run),
    ...(recipe?.partial && endTag(run).text !== "Partial" ? [{ text: "Partial", meaning: "warning" } as Tag] : []),
    ...(run.simulated ? [SIMULATED_TAG] : []),
    ...appliedTags(summary),
    ...(recipe?.thermally_unstable ? [unstable] : []),
  ];
}

function activeFacts({ active, run }: RunSummary, nowMs: number | null): Fact[] {
  if (active === null) return [];
  const eta = etaText(active);
  return texts([
    ["Stage", stageText(active)],
    ["Phase", phaseText(active)],
    ["Candidate", candidateText(active)],
    ["Cell", active.cell],
    ["Detail", active.detail],
    ["Progress", shareText(active)],
    ["ETA", eta],
    ["Live", liveText(active)],
    ["Elapsed", nowMs === null ? null : elapsedText(active, nowMs)],
    ["Cells Planned", run.planned_cells],
  ]);
}

function recipeFacts(recipe: Recommendation, { gate_ttft_ms: gate }: RunRow, kept: TrialRow | null): Fact[] {
  const { knobs, uplift } = recipe;
  const interval = kept && intervalOf(kept);
  const range = interval ? ` (${interval[0].toFixed(1)} to ${interval[1].toFixed(1)})` : "";
  const limit = gate === null ? "" : ` of ${FIGURES.ttft_p95_ms.text(gate)} allowed`;
  const beside: Partial<Record<FigureKey, string>> = { tps: range, ttft_p95_ms: limit };
  return texts([
    ["Model", recipe.model],
    ...KNOB_ROWS.map(([key, { label, namesUnset }]): [string, string | number | null] => [
      label,
      knobs[key] ?? (namesUnset ? "unset" : null),
    ]),
    ...figuresOf("recipe").map(({ key, long, text, recipe: figure }): [string, string | null] => {
      const value = inRecipe(figure, recipe);
      return [long, value === null ? null : `${text(value)}${beside[key] ?? ""}`];
    }),
    ["Uplift", uplift === null ? null : `${percent(uplift.ratio)}${uplift.confirmed ? ", confirmed" : ""}`],
    ["Requests Timed", recipe.replicates],
  ]);
}

function conditionFacts({ run }: RunSummary): Fact[] {
  return texts([
    ["Target Context", run.target_context === null ? null : `${shortTokens(run.target_context)} tokens`],
    ["Provider", run.provider],
    ["Program", run.binary_version],
    ["Method", run.method],
    ["Chip", run.machine_chip],
    ["Memory", run.machine_ram_gb === null ? null : `${run.machine_ram_gb} GB`],
    ["System", run.machine_os_version],
    ["Drift", run.thermal_drift === null ? null : percent(run.thermal_drift)],
  ]);
}

function identityFacts(run: RunRow): Fact[] {
  const [begin, end] = [Date.parse(run.started_at_utc ?? ""), Date.parse(run.ended_at_utc ?? "")];
  return texts([
    ["Started", dateText(run.started_at_utc)],
    ["Took", end >= begin ? duration((end - begin) / 1000) : null],
    ["Resumed From", run.resumed_from?.slice(0, 8)],
    ["Run", run.run_id],
    ["Recipe Hash", run.recipe_hash],
  ]);
}

/** Facts without those that are not known. */
export function texts(pairs: [title: string, value: string | number | null | undefined][]): Fact[] {
  return pairs.flatMap(([title, value]): Fact[] =>
    value === null || value === undefined || value === "" ? [] : [{ kind: "text", title, text: String(value) }],
  );
}
