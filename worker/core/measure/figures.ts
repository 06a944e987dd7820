// A trial's figures over all its visits, as the table tells them. Pure.
// Source: contract §9 (all replicates must be feasible).
import { figuresOf, inReplicate, type TrialValues } from "./figure-lists.ts";
import type { OkReplicate, TrialFigures, Visit } from "./measurement.ts";

/** @param visits all visits of one cell, in order, n ≥ 1. A misfit in any of them makes the trial unfit. */
export function visitFigures(visits: Visit[]): TrialFigures {
  const replicates = visits.flatMap((visit) => visit.replicates);
  const ok = replicates.flatMap((one) => (one.state === "ok" ? [one] : []));
  const misfit = visits.map((visit) => visit.misfit).find((one) => one !== null) ?? null;
  return {
    measuredPromptTokens: visits.map((visit) => visit.promptTokens).findLast((tokens) => tokens !== null) ?? null,
    ...trialValues(ok, visits),
    fits: misfit === null && ok.length > 0,
    // A failure outside the replicates (load, warm-up, death after the last one) is one error, too.
    errors: misfit === null ? replicates.length - ok.length : Math.max(1, replicates.length - ok.length),
    replicates: ok.length,
    misfit,
    notes: visits.flatMap((visit) => visit.notes),
  };
}

function trialValues(replicates: readonly OkReplicate[], visits: readonly Visit[]): TrialValues {
  const values = figuresOf("trial").map(({ replicate, trial }) => {
    const told = replicate === null ? [] : replicates.flatMap((one) => inReplicate(replicate, one) ?? []);
    return [trial.field, trial.of({ values: told, replicates, visits })];
  });
  return Object.fromEntries(values) as TrialValues;
}
