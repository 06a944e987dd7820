// A trial's figures over all its visits: medians of throughput, rank percentile of TTFT. Pure.
// Source: contract §9 (median tps, p95 TTFT by rank ⌈0.95 N⌉, all replicates must be feasible).
import type { TrialFigures, Visit } from "./measurement.ts";
import { median, percentile } from "../statistics/statistics.ts";

/** @param visits all visits of one cell, in order, n ≥ 1. A misfit in any of them makes the trial unfit. */
export function visitFigures(visits: Visit[]): TrialFigures {
  const replicates = visits.flatMap((visit) => visit.replicates);
  const ok = replicates.flatMap((one) => (one.state === "ok" ? [one] : []));
  const misfit = visits.map((visit) => visit.misfit).find((one) => one !== null) ?? null;
  const ttfts = ok.flatMap((one) => one.requests.map((request) => request.ttftMs));
  const rates = ok.flatMap((one) => (one.decodeTps === null ? [] : [one.decodeTps]));
  return {
    measuredPromptTokens: visits.map((visit) => visit.promptTokens).findLast((tokens) => tokens !== null) ?? null,
    tps: misfit ? null : median(ok.map((one) => one.tps)),
    decodeTps: median(rates),
    ttftP95Ms: percentile(ttfts, 0.95),
    fits: misfit === null && ok.length > 0,
    // A failure outside the replicates (load, warm-up, death after the last one) is one error, too.
    errors: misfit === null ? replicates.length - ok.length : Math.max(1, replicates.length - ok.length),
    replicates: ok.length,
    misfit,
    notes: visits.flatMap((visit) => visit.notes),
  };
}
