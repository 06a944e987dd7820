// How far a search can be replayed from the visits that a dead run finished: as long as each is what the search asks for next.
// Source: contract §15 (resume: no finished cell is started again), §9 (the search is a reducer).
import { cellName, knobDistance, type Knobs } from "../knobs.ts";
import type { Visit } from "../measure/measurement.ts";
import { visitTimes, type VisitEnd } from "../measure/visit-times.ts";
import type { Cell, SearchMethod, SearchSettings, Step, VisitResult } from "./search.ts";

/** What a visit brought, as a search takes it in. @param limitSeconds of the run; time beyond it counts as all of it */
export function visitResult(cellIndex: number, visit: Visit, ended: VisitEnd, limitSeconds: number): VisitResult {
  const ok = visit.replicates.flatMap((one) => (one.state === "ok" ? [one] : []));
  const times = visitTimes(visit, ended);
  return {
    cellIndex,
    tps: ok.map((one) => one.tps),
    ttftMs: ok.flatMap((one) => one.requests.map((request) => request.ttftMs)),
    misfit: visit.misfit,
    elapsedShare: Math.min(1, ended.elapsedSeconds / limitSeconds),
    ...(times === null ? {} : { times }),
  };
}

/** A stored visit with its knobs and the set of prompts that it was measured with. */
export interface FinishedVisit {
  knobs: Knobs;
  nonceSet: number;
  result: VisitResult;
}

export interface Replayed<S> {
  state: S;
  /** So many visits, from the first, that the search took in. */
  accepted: number;
  /** Why the next one was not; null if all were. */
  stoppedAt: string | null;
}

/** @param finished in the order in which they ended */
export function replay<S>(
  method: SearchMethod<S>,
  settings: SearchSettings,
  finished: readonly FinishedVisit[],
): Replayed<S> {
  let state = method.start(settings);
  for (const [accepted, visit] of finished.entries()) {
    const stoppedAt = mismatch(method.next(state), visit, settings.cells);
    if (stoppedAt !== null) return { state, accepted, stoppedAt };
    state = method.accept(state, visit.result);
  }
  return { state, accepted: finished.length, stoppedAt: null };
}

function mismatch(step: Step, { knobs, nonceSet, result }: FinishedVisit, cells: readonly Cell[]): string | null {
  if (step.kind === "done") return "the search is over before it";
  const cell = cells[step.cellIndex];
  if (result.cellIndex !== step.cellIndex || !cell || knobDistance(cell.knobs, knobs) > 0)
    return `it visited ${cellName(knobs)}, the search asks for ${cell ? cellName(cell.knobs) : `cell ${step.cellIndex}`}`;
  if (nonceSet !== step.nonceSet) return `it was asked with prompts ${nonceSet}, not ${step.nonceSet}`;
  if (result.misfit === null && result.tps.length !== step.replicates)
    return `it has ${result.tps.length} of ${step.replicates} replicates`;
  return null;
}
