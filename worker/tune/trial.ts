// One visit of a cell: start the provider, warm it up, fire the replicates, stop it. Shared by both stages.
// Source: contract §2 (visit), §7, §8.
import type { RunContext } from "../context.ts";
import { AutotuneError } from "../core/errors.ts";
import { cellName, type Knobs } from "../core/knobs.ts";
import type { Misfit, Visit } from "../core/measure/measurement.ts";
import { fireReplicate, MAX_REPEATS } from "./replicate.ts";
import type { VisitRequest, VisitSession } from "./visit-session.ts";
import { warmUp } from "./warm-up.ts";

/**
 * Visit a cell once. The provider is stopped on every way out.
 * @throws the signal's reason; AutotuneError pre_warm_integrity_failure if the provider itself reports broken weights
 */
export async function visitCell(ctx: RunContext, wanted: VisitRequest): Promise<Visit> {
  const visit = emptyVisit(wanted.knobs);
  const progress = progressWriter(ctx, wanted, visit);
  if (wanted.stage === 2) progress("between-cells", null);
  try {
    progress("loading", null);
    const started = await ctx.supervisor.start(
      wanted.candidate.id,
      wanted.knobs,
      (line) => progress("loading", line),
      ctx.signal,
    );
    if (started.state === "misfit") {
      if (started.integrity) throw integrityFailure(wanted.candidate.id, started.misfit.reason);
      visit.notes.push(...logNote(started.logTail));
      return { ...visit, loadMs: started.loadMs, misfit: started.misfit };
    }
    visit.loadMs = started.running.loadMs;
    visit.misfit = await measureVisit({ ctx, wanted, running: started.running, progress }, visit);
    visit.misfit ??= await started.running.checkAlive(false);
    if (visit.misfit) visit.notes.push(...logNote(started.running.logTail()));
  } finally {
    const notes = await ctx.supervisor.stop();
    visit.notes.push(...notes);
    // An interrupted visit is not stored, but how its candidate ended must be.
    for (const note of notes) ctx.journal.note("stop", `${wanted.candidate.id}, ${cellName(wanted.knobs)}: ${note}`);
  }
  return visit;
}

/** A visit before its start. */
export const emptyVisit = (knobs: Knobs, misfit: Misfit | null = null): Visit => ({
  ...{ knobs, misfit },
  ...{ replicates: [], loadMs: null, promptTokens: null, notes: [] },
});

/** What a candidate that does not fit said last. Source: contract §4 (its tail goes into the notes). */
const logNote = (tail: string): string[] => (tail === "" ? [] : [`end of its log:\n${tail}`]);

/** Warm up, then fire replicates until all are in or one does not fit. */
async function measureVisit(session: VisitSession, visit: Visit): Promise<Misfit | null> {
  const cold = await warmUp(session);
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
