// How a trial that another run measured, or began to measure, is marked wherever it is shown. Source: contract §15 (resume).
import type { TrialRow } from "./read-model.ts";
import { shortId } from "../units.ts";

/** "carried over from run 1a2b3c4d", "1 of 4 visits carried over from run 1a2b3c4d"; null for what the run measured itself. */
export function carriedOverText(trial: TrialRow): string | null {
  const { taken_over_from: from, visits_n: all, visits_taken_over_n } = trial;
  if (from === null) return null;
  const taken = visits_taken_over_n ?? all;
  return `${taken < all ? `${taken} of ${all} visits ` : ""}carried over from run ${shortId(from)}`;
}
