// Verdicts and figures of a run's candidates and cells as markdown. Source: contract §7 (measured value and limit), §14.
import {
  candidateVerdicts,
  type CandidateVerdict,
  type Verdict,
} from "../../../worker/core/runs/candidate-verdicts.ts";
import { labelled, type FigureOfTrial } from "../../../worker/core/measure/figure.ts";
import { figuresOf, inReplicateRow, intervalIn } from "../../../worker/core/measure/figure-lists.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { bullets, mark, table, type Markdown } from "../../../worker/core/text/markdown.ts";
import { counted, shortModel } from "../../../worker/core/units.ts";
import type { ReplicateRow, RunRow, TrialRow } from "../../../worker/core/runs/read-model.ts";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { carriedOverText } from "../../../worker/core/runs/carried-over-text.ts";
import { trialName } from "../../../worker/core/runs/trial-name.ts";
import type { Tag } from "../ui/palette.ts";
import { misfitWord } from "../ui/misfit-words.ts";
import { inRaycast } from "../ui/raycast-words.ts";

export const VERDICT_TAGS: Record<Verdict, Tag> = {
  chosen: { text: "Chosen", meaning: "good" },
  feasible: { text: "Fits", meaning: "good" },
  infeasible: { text: "Does Not Fit", meaning: "bad" },
  "not probed": { text: "Not Probed", meaning: "neutral" },
  "not reached": { text: "Not Reached", meaning: "warning" },
  "under way": { text: "Under Way", meaning: "active" },
};

const SIGNS: Record<Verdict, string> = {
  chosen: "★",
  feasible: "✓",
  infeasible: "✗",
  "not probed": "○",
  "not reached": "○",
  "under way": "…",
};

/** One line per candidate: "✗ 1. Qwen2.5-32B: TTFT 61.2 s, the gate is 60 s". Nothing if none is known. */
export function candidatesText(run: RunRow, result: RunResult | null, trials: TrialRow[]): Markdown {
  return bullets(candidateVerdicts(run, result, trials).map(candidateLine));
}

function candidateLine({ rank, model, verdict, reason, trial }: CandidateVerdict): Markdown {
  const figures =
    trial?.fits && trial.agg_throughput_tps !== null
      ? `${FIGURES.tps.text(trial.agg_throughput_tps)}, ${labelled(FIGURES.ttft_p95_ms, trial.ttft_p95_ms)}`
      : null;
  const taken = trial && carriedOverText(trial);
  const told = reason === null ? null : inRaycast(reason);
  const said = verdict === "not probed" && told !== null ? `not probed, ${told}` : told;
  const why = [said ?? figures ?? VERDICT_TAGS[verdict].text.toLowerCase(), taken].filter(Boolean).join("; ");
  const place = rank !== null && mark`${rank}. `;
  return mark`${SIGNS[verdict]} ${place}**${shortModel(model)}**: ${why}`;
}

/** Figures of the cells of Stage 2. Nothing before it. */
export function cellsTable(trials: TrialRow[]): Markdown {
  const rows = trials
    .filter((trial) => trial.stage === 2)
    .map((trial) => [
      `${trial.kept ? "★ " : trial.fits ? "" : "✗ "}${trialName(trial)}`,
      trial.fits ? FIGURES.tps.text(trial.agg_throughput_tps) : verdictOf(trial),
      intervalText(trial),
      FIGURES.ttft_p95_ms.text(trial.ttft_p95_ms),
      requestsText(trial),
    ]);
  return table(["Cell", FIGURES.tps.long, "95 %", FIGURES.ttft_p95_ms.long, "Requests"], rows);
}

/** Why a trial has no figure. */
export const verdictOf = (trial: TrialRow): string =>
  inRaycast(
    trial.reason ??
      (trial.state === "running"
        ? "under way"
        : (trial.notes ?? misfitWord(trial.misfit_class)?.toLowerCase() ?? "does not fit")),
  );

/** "40.9 to 42.7"; "–" where it cannot be told. */
export function intervalText(trial: TrialRow, figure: FigureOfTrial = FIGURES.tps.trial): string {
  const interval = intervalIn(figure, trial);
  return interval ? `${interval[0].toFixed(1)} to ${interval[1].toFixed(1)}` : "–";
}

/** "10 in 5 starts, 1 failed"; no start is named where the server ran already. */
export function requestsText({ replicates_n, starts_n, n_err }: TrialRow): string {
  const starts = starts_n > 0 ? ` in ${counted(starts_n, "start")}` : "";
  return `${replicates_n ?? 0}${starts}${n_err > 0 ? `, ${n_err} failed` : ""}`;
}

/** Every timed request of a trial. */
export function replicatesTable(replicates: ReplicateRow[]): Markdown {
  const starts = [...new Set(replicates.map((one) => one.visit_id))];
  const figures = figuresOf("replicate");
  const said = (one: ReplicateRow) => inRaycast(`${one.state}: ${one.reason ?? "no reason stored"}`);
  const rows = replicates.map((one) => [
    `${starts.indexOf(one.visit_id) + 1}.${one.ordinal + 1}`,
    // Where there is no throughput stands why.
    ...figures.map(({ key, text, replicate }) =>
      key === "tps" && one.state !== "ok" ? said(one) : text(inReplicateRow(replicate, one)),
    ),
    String(one.requests_json?.length ?? "–"),
  ]);
  return table(["Start", ...figures.map(({ short }) => short), "Streams"], rows);
}
