// Two runs side by side: what changed, by how much, and whether that is more than the noise of their replicates.
// Source: contract §3 (`compare`).
import { knobsOfTrial } from "../runs/trial-name.ts";
import type { Change, Comparison, Difference, Side } from "../result/comparison-schema.ts";
import { KNOB_ROWS, type Knobs } from "../knobs.ts";
import type { FigureOfReplicate } from "../measure/figure.ts";
import {
  comparedFigures,
  inRecipe,
  inReplicateRow,
  inTrialRow,
  type ComparedKey,
  type FigureIn,
} from "../measure/figure-lists.ts";
import { FIGURES } from "../measure/figure-table.ts";
import type { ReplicateRow, RunRow, TrialRow } from "../runs/read-model.ts";
import type { RunResult } from "../result/recipe.ts";
import { ratioOf } from "../statistics/welch.ts";
import { shortId } from "../units.ts";

/** What is known of one run. */
export interface ComparedRun {
  run: RunRow;
  /** Its document; null in rows of other programs. */
  result: RunResult | null;
  /** The winner; null if it has none. */
  kept: TrialRow | null;
  /** Replicates of the winner. */
  replicates: ReplicateRow[];
}

/** Compare an earlier run with a later one; either may have ended without a recipe. */
export function compareRuns(was: ComparedRun, now: ComparedRun): Comparison {
  const [before, after] = [recipeOf(was), recipeOf(now)];
  const mixed = was.run.simulated !== now.run.simulated;
  const changes = comparedFigures().map((figure) => {
    const found = mixed ? null : ratioOf(values(was, figure.replicate), values(now, figure.replicate));
    return [figure.key, changeOf(valueOf(was, figure), valueOf(now, figure), found, figure.wish)];
  });
  return {
    was: sideOf(was, before),
    now: sideOf(now, after),
    comparable: !mixed && before.model !== null && after.model !== null,
    warnings: warningsFor(was, now, mixed),
    knobs: before.knobs && after.knobs ? knobDifferences(before.knobs, after.knobs) : [],
    conditions: conditionsOf(was, now),
    ...(Object.fromEntries(changes) as Record<ComparedKey, Change>),
  };
}

/** What a comparison says, figure by figure; those that an older version did not compare are left out. */
export function changesIn(comparison: Comparison): { figure: FigureIn<"recipe">; change: Change }[] {
  const changes: Partial<Record<ComparedKey, Change>> = comparison;
  return comparedFigures().flatMap((figure) => {
    const change = changes[figure.key];
    return change === undefined ? [] : [{ figure, change }];
  });
}

/** @param figure null where one replicate alone does not tell it */
function values({ replicates }: ComparedRun, figure: FigureOfReplicate | null): number[] {
  if (figure === null) return [];
  return replicates.flatMap((row) => (row.state === "ok" ? (inReplicateRow(figure, row) ?? []) : []));
}

/** From the run's document; where there is none, from its winner's row. */
function valueOf({ result, kept }: ComparedRun, { recipe, trial }: FigureIn<"recipe">): number | null {
  if (result?.recommendation) return inRecipe(recipe, result.recommendation);
  return kept && trial && inTrialRow(trial, kept);
}

interface RecipeFacts {
  model: string | null;
  knobs: Knobs | null;
  partial: boolean;
}

/** From the run's document; where there is none, from its winner's row. */
function recipeOf({ result, kept }: ComparedRun): RecipeFacts {
  const recipe = result?.recommendation;
  if (recipe) return { model: recipe.model, knobs: recipe.knobs, partial: recipe.partial };
  return {
    model: kept?.model ?? null,
    knobs: kept && knobsOfTrial(kept),
    partial: false,
  };
}

function sideOf(one: ComparedRun, recipe: RecipeFacts): Side {
  const { run } = one;
  return {
    run_id: run.run_id,
    started_at: run.started_at_utc,
    exit_reason: run.exit_reason,
    simulated: run.simulated,
    model: recipe.model,
    knobs: recipe.knobs,
    partial: recipe.partial,
    recipe_hash: run.recipe_hash,
    replicates: values(one, FIGURES.tps.replicate).length,
  };
}

function warningsFor(was: ComparedRun, now: ComparedRun, mixed: boolean): string[] {
  const kinds = `run ${short(was)} is ${kindOf(was)}, run ${short(now)} is ${kindOf(now)}`;
  const without = [was, now].filter((one) => recipeOf(one).model === null);
  return [
    ...(mixed ? [`NOT COMPARABLE: ${kinds}. Their figures say nothing about each other.`] : []),
    ...(!mixed && was.run.simulated ? ["SIMULATED: neither run measured this machine."] : []),
    ...without.map((one) => `Run ${short(one)} found no recipe.`),
    ...(was.run.target_context === now.run.target_context
      ? []
      : ["They measured at different contexts: a longer prompt alone makes every figure worse."]),
  ];
}

function kindOf({ run }: ComparedRun): string {
  if (run.simulated === null) return "of unknown kind";
  return run.simulated ? "SIMULATED" : "measured on a real machine";
}

const short = ({ run }: ComparedRun): string => shortId(run.run_id);

function knobDifferences(was: Knobs, now: Knobs): Difference[] {
  return KNOB_ROWS.flatMap(([key]) => difference(key, was[key] ?? "unset", now[key] ?? "unset"));
}

function conditionsOf(was: ComparedRun, now: ComparedRun): Difference[] {
  const [a, b] = [was.run, now.run];
  const setting = ({ run }: ComparedRun, key: string) => {
    const value = run.inputs_json?.[key];
    return typeof value === "string" || typeof value === "number" ? value : null;
  };
  const revision = ({ kept }: ComparedRun) => kept?.model_revision ?? null;
  return [
    ...difference("provider", a.provider, b.provider),
    ...difference("program", a.binary_version, b.binary_version),
    ...difference("chip", a.machine_chip, b.machine_chip),
    ...difference("RAM (GB)", a.machine_ram_gb, b.machine_ram_gb),
    ...difference("OS", a.machine_os_version, b.machine_os_version),
    // Another model has other weights anyway.
    ...(was.kept?.model === now.kept?.model ? difference("weights", revision(was), revision(now)) : []),
    ...difference("target context", a.target_context, b.target_context),
    ...difference("max tokens", setting(was, "maxTokens"), setting(now, "maxTokens")),
    ...difference("method", a.method, b.method),
    ...difference("batch load", setting(was, "batchLoad"), setting(now, "batchLoad")),
  ];
}

function difference(what: string, was: string | number | null, now: string | number | null): Difference[] {
  if (was === now) return [];
  const text = (value: string | number | null) => (value === null ? null : String(value));
  return [{ what, was: text(was), now: text(now) }];
}

/** @param wish 1 where more is better, -1 where less is */
function changeOf(was: number | null, now: number | null, found: ReturnType<typeof ratioOf>, wish: 1 | -1): Change {
  const interval = found?.interval ?? null;
  return {
    was,
    now,
    change: was !== null && now !== null && was > 0 ? now / was - 1 : null,
    ratio: found?.ratio ?? null,
    interval,
    verdict: verdictOf(interval, wish),
  };
}

function verdictOf(interval: [number, number] | null, wish: 1 | -1): Change["verdict"] {
  if (interval === null) return "unknown";
  if (interval[0] <= 1 && interval[1] >= 1) return "noise";
  return interval[0] > 1 === (wish === 1) ? "better" : "worse";
}
