// What a run says at its end: on a terminal, and in a notification. Pure.
// Source: contract §10 (readable block), §13 (short form).
import { cellName, KNOB_ROWS } from "../knobs.ts";
import type { OpenDrain } from "../launchd/drained.ts";
import { inText } from "../measure/figure.ts";
import { figuresOf, inRecipe, type FigureIn, type FigureKey } from "../measure/figure-lists.ts";
import { FIGURES } from "../measure/figure-table.ts";
import { percent, shortId, shortModel, shortTokens, SIMULATED_BANNER } from "../units.ts";
import { type AppliedAtEnd, type Recommendation, type RunResult } from "../result/recipe.ts";
import type { ApplicationRow } from "./read-model.ts";
import { shellCommand } from "../text/shell-words.ts";

/** The block that ends a run on stdout. */
export function resultText(result: RunResult): string {
  const banner = result.machine.simulated ? [SIMULATED_BANNER, ""] : [];
  const body = result.recommendation ? recommendationLines(result, result.recommendation) : failureLines(result);
  return [...banner, ...body, "", `run ${result.run_id} · ${result.exit_reason} · ${result.db_path}`].join("\n");
}

/** What came of --apply, as its end or its row says; none = it was never tried. */
export type ApplyEnd = AppliedAtEnd["state"] | ApplicationRow["state"] | "none";

/**
 * What a notification says, the failed restore first: it costs the user money.
 * @param application null = --apply was not asked for
 */
export function notificationText(
  result: RunResult,
  { restored, failed }: { restored: string[]; failed: readonly Pick<OpenDrain, "name">[] },
  application: ApplyEnd | null,
): { title: string; message: string } {
  const simulated = result.machine.simulated ? " (simulated)" : "";
  if (failed.length > 0) return notBackText(failed.map((one) => one.name));
  const back = restored.length > 0 ? ["live provider back"] : [];
  const recipe = result.recommendation;
  if (!recipe)
    return {
      title: `No recipe: ${result.exit_reason}${simulated}`,
      message: [(result.detail ?? "").split("\n")[0] ?? "", ...back].join(" · "),
    };
  const { knobs } = recipe;
  const facts = [
    FIGURES.tps.text(recipe.tps_median),
    `${FIGURES.ttft_p95_ms.short} ${(recipe.ttft_p95_ms / 1000).toFixed(2)} s at ${shortTokens(recipe.target_context)}`,
    ...KNOB_ROWS.flatMap(([key, { short, namesUnset }]) => (namesUnset ? [`${short} ${knobs[key] ?? "unset"}`] : [])),
    ...applyFact(application),
    ...back,
  ];
  return {
    title: `${recipe.partial ? "Partial recipe" : "Recipe ready"}: ${shortModel(recipe.model)}${simulated}`,
    message: facts.join(" · "),
  };
}

/** Who asked for --apply and sleeps must not wake up believing that the recipe serves. @param application null = not asked for */
export function applyFact(application: ApplyEnd | null): string[] {
  if (application === null || application === "applied" || application === "unchanged") return [];
  const isWritten = application === "unverified" || application === "roll_back_failed";
  return [isWritten ? "written, but not seen to serve" : "not applied"];
}

/** What a notification says of services that could not be brought back. */
export function notBackText(names: readonly string[]): { title: string; message: string } {
  return { title: "The live provider is not back", message: `${names.join(", ")}: run mlx-autotune restore` };
}

function recommendationLines(result: RunResult, recipe: Recommendation): string[] {
  const facts: [string, string][] = [
    ["model", recipe.model],
    ["knobs", cellName(recipe.knobs)],
    ["context", `${recipe.target_context} tokens`],
    ...figuresOf("recipe").map((figure) => figureFact(figure, result, recipe)),
    ["why", recipe.reason],
    ...upliftFact(recipe),
    ...recipe.findings.map((finding): [string, string] => ["note", finding]),
    ...(recipe.thermally_unstable
      ? [["note", `thermally unstable: the machine drifted by ${percent(recipe.drift ?? 0)}`] as [string, string]]
      : []),
    ...(result.recipe_hash ? [["recipe", result.recipe_hash] as [string, string]] : []),
  ];
  const width = Math.max(...facts.map(([name]) => name.length)) + 1;
  const title = `RECOMMENDATION${recipe.partial ? " (partial: the run ended before all knobs were measured)" : ""}`;
  return [
    title,
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}${value}`),
    ...carriedOverLines(result),
    ...alternateLines(result),
    "",
    "Serve it:",
    `  ${recipe.serve_command}`,
  ];
}

/** What stands behind some figures. */
const BESIDE: Partial<Record<FigureKey, (result: RunResult, recipe: Recommendation) => string>> = {
  tps: (_, { replicates }) => ` median of ${replicates}`,
  ttft_p95_ms: ({ inputs }) => ` p95 (gate ${FIGURES.ttft_p95_ms.text(inputs.gate_ttft_ms)})`,
};

function figureFact(figure: FigureIn<"recipe">, result: RunResult, recipe: Recommendation): [string, string] {
  const { key, short, long, text } = figure;
  const beside = BESIDE[key];
  return [inText(beside ? short : long), `${text(inRecipe(figure.recipe, recipe))}${beside?.(result, recipe) ?? ""}`];
}

function upliftFact(recipe: Recommendation): [string, string][] {
  const { uplift } = recipe;
  if (!uplift) return [];
  const range = uplift.interval ? ` (95 %: ${percent(uplift.interval[0])} to ${percent(uplift.interval[1])})` : "";
  return [
    [
      "uplift",
      `${percent(uplift.ratio)}${range} against ${cellName(uplift.against)}${uplift.confirmed ? ", confirmed" : ""}`,
    ],
  ];
}

/** Which figures another run measured. */
function carriedOverLines({ resumed_from: from, taken_over: taken }: RunResult): string[] {
  if (!from || !taken) return [];
  const share = (visits: number, all: number) => (visits === all ? "all of it" : `${visits} of its ${all} visits`);
  return [
    "",
    `Carried over from run ${shortId(from)}, not measured again:`,
    ...taken.candidates.map((model) => `  whether ${shortModel(model)} fits`),
    ...taken.cells.map((cell) => `  ${cellName(cell.knobs)}: ${share(cell.visits, cell.of_visits)}`),
  ];
}

function alternateLines(result: RunResult): string[] {
  if (result.alternates.length === 0) return [];
  return ["", "Smaller, not probed; to try one:", ...alternateCommands(result).map((command) => `  ${command}`)];
}

/** What tries each alternate on the same provider, at the same context. */
export function alternateCommands({ alternates, inputs }: RunResult): string[] {
  return alternates.map((model) => {
    const words = ["--candidate-models", model, "--target-context", String(inputs.target_context)];
    return `mlx-autotune run --provider ${inputs.provider} ${shellCommand(words)}`;
  });
}

function failureLines(result: RunResult): string[] {
  const why = (result.detail ?? "").split("\n").map((line) => `  ${line}`);
  return [`NO RECOMMENDATION (${result.exit_reason})`, ...why, ...carriedOverLines(result)];
}
