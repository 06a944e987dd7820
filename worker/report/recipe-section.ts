// The head of a run's report: the recipe with how to serve it, or why there is none and what can be done.
// Source: contract §10 (readable block) and §15.
import { alternateCommands } from "../core/runs/result-text.ts";
import { figuresOf, inRecipe, type FigureIn } from "../core/measure/figure-lists.ts";
import { FIGURES } from "../core/measure/figure-table.ts";
import { percent, shortTokens } from "../core/units.ts";
import { cellName } from "../core/knobs.ts";
import type { Recommendation, RunResult } from "../core/result/recipe.ts";
import { intervalOf, trialName } from "../core/runs/trial-name.ts";
import { html, type Html } from "./html.ts";
import { facts, section } from "./page.ts";
import type { RunFacts } from "./run-facts.ts";

export function recipeSection(data: RunFacts): Html | null {
  const { run, result } = data;
  if (result?.recommendation) return ownRecipe(result, result.recommendation, data);
  if (result === null && data.trials.some((trial) => trial.kept)) return foreignRecipe(data);
  if (run.state === "active")
    return section(
      "Still running",
      html`<p>This is what is known so far. Make the report again when the run has ended.</p>`,
    );
  const lines = (result?.detail ?? run.exit_detail ?? "").split("\n").filter((line) => line !== "");
  const said =
    lines.length > 0
      ? lines
      : [run.exit_reason === null ? "The run was lost: its process ended without a word." : run.exit_reason];
  return section(
    "No recipe",
    said.map((line) => html`<p>${line}</p>`),
    alternates(result),
  );
}

function ownRecipe(result: RunResult, recipe: Recommendation, { trials }: RunFacts): Html | null {
  const kept = trials.find((trial) => trial.kept);
  const interval = kept ? intervalOf(kept) : null;
  return section(
    "Recipe",
    recipe.partial && html`<p><span class="tag warn">partial</span> The run ended before all knobs were measured.</p>`,
    html`<div class="big">
      ${facts([
        ["Model", recipe.model],
        ["Knobs", cellName(recipe.knobs)],
        [FIGURES.tps.long, html`<span data-value="${recipe.tps_median}">${FIGURES.tps.text(recipe.tps_median)}</span>`],
        ["Time to first token", `${ttft(recipe.ttft_p95_ms)} p95 at ${shortTokens(recipe.target_context)}`],
      ])}
    </div>`,
    html`<p>${recipe.reason}</p>`,
    facts([
      ["95 % interval", interval && `${interval[0].toFixed(1)} to ${interval[1].toFixed(1)} ${FIGURES.tps.unit}`],
      ...figuresOf("recipe", "tps", "ttft_p95_ms").map((figure) => smallFact(figure, recipe)),
      ["Replicates", recipe.replicates],
      ["Uplift", upliftText(recipe)],
      ["Recipe hash", result.recipe_hash === null ? null : html`<code>${result.recipe_hash}</code>`],
    ]),
    recipe.findings.length > 0 &&
      html`<ul>
        ${recipe.findings.map((finding) => html`<li>${finding}</li>`)}
      </ul>`,
    recipe.thermally_unstable &&
      html`<p class="warn">
        <strong>Thermally unstable:</strong> the machine's speed drifted by ${((recipe.drift ?? 0) * 100).toFixed(1)} %
        while it was measured.
      </p>`,
    html`<h3>Serve it</h3>
      <pre>${recipe.serve_command}</pre>`,
    alternates(result),
  );
}

const ttft = FIGURES.ttft_p95_ms.text;

function smallFact(figure: FigureIn<"recipe">, recipe: Recommendation): [string, string | null] {
  const value = inRecipe(figure.recipe, recipe);
  return [figure.long, value === null ? null : figure.text(value)];
}

function upliftText({ uplift }: Recommendation): string | null {
  if (uplift === null) return null;
  const interval = uplift.interval ? ` (95 %: ${percent(uplift.interval[0])} to ${percent(uplift.interval[1])})` : "";
  return `${percent(uplift.ratio)}${interval} against ${cellName(uplift.against)}${uplift.confirmed ? ", confirmed" : ""}`;
}

/** Rows of other programs: what the trial that was kept says. */
function foreignRecipe({ run, trials }: RunFacts): Html | null {
  const kept = trials.find((trial) => trial.kept);
  if (!kept) return null;
  return section(
    "Recipe",
    html`<div class="big">
      ${facts([
        ["Model", kept.model],
        ["Knobs", trialName({ ...kept, stage: 2 })],
        [FIGURES.tps.long, kept.agg_throughput_tps === null ? null : FIGURES.tps.text(kept.agg_throughput_tps)],
        ["Time to first token", kept.ttft_p95_ms === null ? null : `${ttft(kept.ttft_p95_ms)} p95`],
      ])}
    </div>`,
    facts([["Recipe hash", run.recipe_hash === null ? null : html`<code>${run.recipe_hash}</code>`]]),
  );
}

function alternates(result: RunResult | null): Html | null {
  if (result === null || result.alternates.length === 0) return null;
  return html`<h3>Smaller, not probed; to try one</h3>
    <pre>${alternateCommands(result).join("\n")}</pre>`;
}
