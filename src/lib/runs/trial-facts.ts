// What is known of one trial, and of one candidate, as a list of facts. Source: contract §7, §10, §14 (metadata).
import type { CandidateVerdict } from "../../../worker/core/runs/candidate-verdicts.ts";
import type { Figure, FigureOfTrial } from "../../../worker/core/measure/figure.ts";
import { figuresOf, inTrialRow } from "../../../worker/core/measure/figure-lists.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import type { TrialRow } from "../../../worker/core/runs/read-model.ts";
import { carriedOverText } from "../../../worker/core/runs/carried-over-text.ts";
import { milliseconds } from "../../../worker/core/units.ts";
import { dateText } from "../ui/date-text.ts";
import { misfitWord } from "../ui/misfit-words.ts";
import { texts, type Fact } from "./run-facts.ts";
import { intervalText, requestsText, VERDICT_TAGS } from "./run-tables.ts";

type Pair = [title: string, text: string | null];

/** Beside a list. */
export const briefTrialFacts = (trial: TrialRow): Fact[] =>
  texts([
    [FIGURES.tps.long, withInterval(trial)],
    knownPair(FIGURES.ttft_p95_ms, trial),
    knownPair(FIGURES.decode_tps, trial),
    ["Requests", requestsText(trial)],
    ["Measured", dateText(trial.ts_utc)],
  ]);

function withInterval(trial: TrialRow): string | null {
  if (trial.agg_throughput_tps === null) return null;
  const interval = intervalText(trial);
  return `${FIGURES.tps.text(trial.agg_throughput_tps)}${interval === "–" ? "" : ` (${interval})`}`;
}

/** Every figure, "–" where it is not known. */
export const trialFacts = (trial: TrialRow): Fact[] =>
  texts([
    ["Model", trial.model],
    ...figuresOf("trial").flatMap((figure): Pair[] => [
      [figure.long, figure.text(inTrialRow(figure.trial, trial))],
      ...intervalPair(figure.trial, trial),
    ]),
    ["Prompt", trial.measured_prompt_tokens === null ? null : `${trial.measured_prompt_tokens} tokens`],
    ["Requests", requestsText(trial)],
    ["Weights", trial.model_revision?.slice(0, 7)],
    ["Carried Over", carriedOverText(trial)],
    ["Measured", dateText(trial.ts_utc)],
  ]);

const intervalPair = (figure: FigureOfTrial, trial: TrialRow): Pair[] =>
  figure.interval === undefined ? [] : [["95 %", intervalText(trial, figure)]];

/** Beside a list: what was measured, with its limit. */
export function briefCandidateFacts({ verdict, trial }: CandidateVerdict, gateMs: number | null): Fact[] {
  const tags: Fact = { kind: "tags", title: "Verdict", tags: [VERDICT_TAGS[verdict]] };
  if (trial === null) return [tags];
  const { ttft_p95_ms: ttft, measured_prompt_tokens: prompt, target_context: wanted } = trial;
  const limit = gateMs === null ? "" : ` of ${milliseconds(gateMs)} allowed`;
  return [
    tags,
    ...texts([
      [FIGURES.ttft_p95_ms.long, ttft === null ? null : `${milliseconds(ttft)}${limit}`],
      knownPair(FIGURES.tps, trial),
      knownPair(FIGURES.decode_tps, trial),
      ["Prompt", prompt === null ? null : `${prompt}${wanted === null ? "" : ` of ${wanted}`} tokens`],
    ]),
  ];
}

/** TTFT stands beside its limit, before the other figures that are known. */
export function candidateFacts({ verdict, trial }: CandidateVerdict, gateMs: number | null): Fact[] {
  return [
    { kind: "tags", title: "Verdict", tags: [VERDICT_TAGS[verdict]] },
    ...(trial === null
      ? []
      : texts([
          ["Why Not", misfitWord(trial.misfit_class)],
          knownPair(FIGURES.ttft_p95_ms, trial),
          ["TTFT Limit", gateMs === null ? null : milliseconds(gateMs)],
          ...figuresOf("trial", "ttft_p95_ms").map((figure) => knownPair(figure, trial)),
          ["Prompt", trial.measured_prompt_tokens === null ? null : `${trial.measured_prompt_tokens} tokens`],
          ["Prompt Wanted", trial.target_context === null ? null : `${trial.target_context} tokens`],
          ["Weights", trial.model_revision?.slice(0, 7)],
        ])),
  ];
}

function knownPair(figure: Pick<Figure, "long" | "text"> & { trial: FigureOfTrial }, trial: TrialRow): Pair {
  const value = inTrialRow(figure.trial, trial);
  return [figure.long, value === null ? null : figure.text(value)];
}
