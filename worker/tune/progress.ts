// Turns the flow's progress into what is stored and drawn: counts the ETA down between estimates, beats while nothing happens, and
// keeps the writes few.
import type { Clock, Progress, RunJournal } from "../context.ts";
import { shareDone } from "../core/result/estimate.ts";

/** Rows are written at most this often, except when the phase changes. */
const WRITE_MS = 250;
/** A load or a long prefill says nothing for minutes; the heartbeat and the ETA go on. */
const BEAT_MS = 1000;

export interface Reporter {
  /** The `report` of a run context. */
  report: (progress: Progress) => void;
  /** End the beat; reports still count. Call it before the run's row is ended. */
  stop: () => void;
}

/** @param stopping aborts when the run was told to stop: what is under way then is the candidate's end, and nobody knows how long it takes. */
export function progressReporter(
  clock: Clock,
  startedAtMs: number,
  journal: RunJournal,
  draw: (progress: Progress) => void,
  stopping: AbortSignal,
): Reporter {
  let plan = { etaSeconds: null as number | null, atMs: startedAtMs };
  let written = { key: "", atMs: -Infinity };
  let share = 0;
  let last: Progress | null = null;
  const report = (progress: Progress) => {
    last = progress;
    const nowMs = clock.nowMs();
    if (progress.etaSeconds !== plan.etaSeconds) plan = { etaSeconds: progress.etaSeconds, atMs: nowMs };
    const etaSeconds = plan.etaSeconds === null ? null : Math.max(0, plan.etaSeconds - (nowMs - plan.atMs) / 1000);
    share = Math.max(share, etaSeconds === null ? 0 : shareDone((nowMs - startedAtMs) / 1000, etaSeconds));
    const end =
      stopping.aborted && progress.phase !== "restoring" ? { etaSeconds: null, liveTps: null, detail: "stopping" } : {};
    const shown = { ...progress, etaSeconds, share, ...end };
    draw(shown);
    const key = [shown.phase, shown.stage, shown.candidate, shown.cell].join("\n");
    if (key !== written.key) journal.phase(shown);
    else if (nowMs - written.atMs < WRITE_MS) return;
    else journal.progress(shown);
    written = { key, atMs: nowMs };
  };
  const beat = setInterval(() => last && report(last), BEAT_MS);
  return { report, stop: () => clearInterval(beat) };
}
