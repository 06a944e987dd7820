// A run's figures and conditions as facts: all of them on its own page, and beside a list the few that let its reason and chart be seen.
// Source: contract §10, §14 (metadata).
import { KNOB_ROWS } from "../../../worker/core/knobs.ts";
import { figuresOf, inRecipe, type FigureKey } from "../../../worker/core/measure/figure-lists.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { duration, percent, shortId, shortTokens } from "../../../worker/core/units.ts";
import type { RunRow, TrialRow } from "../../../worker/core/runs/read-model.ts";
import type { Recommendation } from "../../../worker/core/result/recipe.ts";
import { activeCell, intervalOf } from "../../../worker/core/runs/trial-name.ts";
import { endTag, SIMULATED_TAG } from "./run-meaning.ts";
import type { Tag } from "../ui/palette.ts";
import { knobsText } from "../recipe/recipe-text.ts";
import { activeEta, activeWhere } from "../../../worker/core/runs/active-progress.ts";
import { candidateText, elapsedText, liveText, phaseText, stageText } from "./run-progress.ts";
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

/** Five or six, beside a list. @param kept, @param nowMs as in `runFacts` */
export function briefRunFacts(summary: RunSummary, kept: TrialRow | null, nowMs: number | null): Fact[] {
  const { run, recipe, active } = summary;
  const tags: Fact = { kind: "tags", title: "State", tags: stateTags(summary) };
  if (active !== null) return [tags, ...activeFacts(summary, nowMs).filter(isBrief)];
  const [, took] = timesOf(run);
  const asked = run.target_context === null ? null : `${shortTokens(run.target_context)} tokens`;
  const on = [asked, run.provider].filter((part) => part !== null).join(" on ");
  if (recipe === null)
    return [
      tags,
      ...texts([
        ["Asked", on],
        ["Candidates", run.candidate_models_json?.length],
        ["Method", run.method],
        ["Started", dateText(run.started_at_utc)],
        ["Took", took],
      ]),
    ];
  const found = recipeFacts(recipe, run, kept).filter(isBrief);
  return [tags, ...texts([["Knobs", knobsText(recipe.knobs)]]), ...found, ...texts([["Measured", on]])];
}

const BRIEF = ["Stage", "Candidate", "Elapsed", "Live", FIGURES.tps.long, FIGURES.ttft_p95_ms.long, "Uplift"];
const isBrief = (fact: Fact): boolean => fact.kind === "text" && BRIEF.includes(fact.title);

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
  return texts([
    ["Stage", stageText(active)],
    ["Phase", phaseText(active)],
    ["Candidate", candidateText(active)],
    ["Cell", activeCell(active, run)],
    ["Detail", active.detail],
    ["Progress", activeWhere(active)],
    ["ETA", activeEta(active)],
    ["Live", liveText(active)],
    ["Elapsed", nowMs === null ? null : elapsedText(active, nowMs)],
    ["Cells Planned", run.planned_cells],
  ]);
}

function recipeFacts(
  recipe: Recommendation,
  { gate_ttft_ms: gate, cells_json: cells }: RunRow,
  kept: TrialRow | null,
): Fact[] {
  const { knobs, uplift } = recipe;
  const interval = kept && intervalOf(kept);
  const range = interval ? ` (${interval[0].toFixed(1)} to ${interval[1].toFixed(1)})` : "";
  const limit = gate === null ? "" : ` of ${FIGURES.ttft_p95_ms.text(gate)} allowed`;
  const beside: Partial<Record<FigureKey, string>> = { tps: range, ttft_p95_ms: limit };
  return texts([
    ["Model", recipe.model],
    ...KNOB_ROWS.map(([key, { label, namesUnset }]): [string, string | number | null] => [
      label,
      // Unset says something only where another cell had it set.
      knobs[key] ?? (namesUnset && (cells?.some((cell) => cell.knobs[key] != null) ?? true) ? "unset" : null),
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
  const [started, took] = timesOf(run);
  return texts([
    ["Started", started],
    ["Took", took],
    ["Resumed From", run.resumed_from === null ? null : shortId(run.resumed_from)],
    ["Run", run.run_id],
    ["Recipe Hash", run.recipe_hash],
  ]);
}

/** When it started, and how long it took; null where that is not known. */
function timesOf({ started_at_utc, ended_at_utc }: RunRow): [started: string | null, took: string | null] {
  const [begin, end] = [Date.parse(started_at_utc ?? ""), Date.parse(ended_at_utc ?? "")];
  return [dateText(started_at_utc), end >= begin ? duration((end - begin) / 1000) : null];
}

/** Facts without those that are not known. */
export function texts(pairs: [title: string, value: string | number | null | undefined][]): Fact[] {
  return pairs.flatMap(([title, value]): Fact[] =>
    value === null || value === undefined || value === "" ? [] : [{ kind: "text", title, text: String(value) }],
  );
}
