// One visit of a cell: take the server, warm it up if it has just started, fire the replicates, leave it. Shared by both stages.
// Source: contract §2 (visit), §7, §8.
import type { RunContext } from "../context.ts";
import { AutotuneError } from "../core/errors.ts";
import { cellName, type Knobs } from "../core/knobs.ts";
import type { Misfit, Visit } from "../core/measure/measurement.ts";
import type { ServerStart } from "../core/measure/visit-times.ts";
import { fireReplicate, MAX_REPEATS } from "./replicate.ts";
import type { Server } from "./server.ts";
import type { VisitRequest, VisitSession } from "./visit-session.ts";
import { warmUp } from "./warm-up.ts";

export interface Visited {
  visit: Visit;
  /** Which start of the server it measured on; null if nothing was started. */
  start: ServerStart | null;
}

/**
 * Visit a cell once. On every way out the server is left: only where the cell fits may it run on.
 * @throws the signal's reason; AutotuneError pre_warm_integrity_failure if the provider itself reports broken weights
 */
export async function visitCell(ctx: RunContext, server: Server, wanted: VisitRequest): Promise<Visited> {
  const visit = emptyVisit(wanted.knobs);
  const progress = progressWriter(ctx, wanted, visit);
  if (wanted.stage === 2) progress("between-cells", null);
  let fits = false;
  try {
    const { candidate, knobs, stage } = wanted;
    const taken = await server.take({ model: candidate.id, knobs, stage }, (line) => progress("loading", line));
    const { start } = taken;
    visit.notes.push(...taken.notes);
    if (taken.state === "misfit") {
      if (taken.integrity) throw integrityFailure(candidate.id, taken.misfit.reason);
      visit.notes.push(...logNote(taken.logTail));
      return { visit: { ...visit, loadMs: taken.loadMs, misfit: taken.misfit }, start };
    }
    const { running } = taken;
    visit.loadMs = start.kept ? null : running.loadMs;
    visit.misfit = await measureVisit({ ctx, wanted, running, progress }, start, visit);
    visit.misfit ??= await running.checkAlive(false);
    if (visit.misfit) visit.notes.push(...logNote(running.logTail()));
    fits = visit.misfit === null;
    return { visit, start };
  } finally {
    visit.notes.push(...(await server.leave(fits)));
  }
}

/** A visit before its start. */
export const emptyVisit = (knobs: Knobs, misfit: Misfit | null = null): Visit => ({
  ...{ knobs, misfit },
  ...{ replicates: [], loadMs: null, promptTokens: null, notes: [] },
});

/** What a candidate that does not fit said last. Source: contract §4 (its tail goes into the notes). */
const logNote = (tail: string): string[] => (tail === "" ? [] : [`end of its log:\n${tail}`]);

/** Warm up what has just started, then fire replicates until all are in or one does not fit. */
async function measureVisit(session: VisitSession, start: ServerStart, visit: Visit): Promise<Misfit | null> {
  const cold = start.kept ? null : await warmUp(session);
  if (cold) return cold;
  let repeats = 0;
  for (let index = 0; index < session.wanted.replicates;) {
    const replicate = await fireReplicate(session, index, repeats, visit);
    visit.replicates.push(replicate);
    if (replicate.state === "misfit") return replicate.misfit;
    if (replicate.state === "ok") {
      index += 1;
      repeats = 0;
    } else if (repeats === MAX_REPEATS) {
      return { class: "invalid", reason: `${replicate.reason}; repeated ${MAX_REPEATS} times` };
    } else repeats += 1;
  }
  return null;
}

/** The outlook is made anew with each load and replicate that the visit has measured; until the next it grows old. */
function progressWriter(ctx: RunContext, wanted: VisitRequest, visit: Visit): VisitSession["progress"] {
  const measured = () => [visit.loadMs, visit.replicates.length].join();
  let seen = { measured: measured(), outlook: wanted.outlook(visit) };
  return (phase, detail, liveTps) => {
    if (seen.measured !== measured()) seen = { measured: measured(), outlook: wanted.outlook(visit) };
    ctx.report({
      phase,
      stage: wanted.stage,
      candidate: wanted.candidate.id,
      place: { rank: wanted.candidate.rank, of: ctx.candidates.length },
      cell: cellName(wanted.knobs),
      detail,
      liveTps: liveTps ?? null,
      outlook: seen.outlook,
    });
  };
}

function integrityFailure(model: string, reason: string): AutotuneError {
  return new AutotuneError("pre_warm_integrity_failure", `${model}: ${reason}`, {
    remedy: "Delete the model from the cache and download it again.",
  });
}
