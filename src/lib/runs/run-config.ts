// Runs beside what was seen of the configs of their recipes.
import { seenIn, type Answers, type Look } from "../recipe/config-answers.ts";
import type { RunSummary } from "./run-summary.ts";

/** A run with what the config of its recipe holds now. */
export function withConfig(
  summary: RunSummary,
  looks: ReadonlyMap<number, Look> | undefined,
  answers: Answers | undefined,
): RunSummary {
  return summary.application === null ? summary : { ...summary, config: seenIn(summary.application, looks, answers) };
}
