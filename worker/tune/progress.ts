// Turns what the flow reports into what is stored and drawn: estimates how far the run is at this moment, beats while nothing happens,
// and keeps the writes few.
import type { Clock, Progress, Report, RunJournal } from "../context.ts";
import { PRIOR } from "../core/result/estimate.ts";
import { estimateOf, type Outlook } from "../core/result/progress.ts";

/** Rows are written at most this often, except when the phase changes. */
const WRITE_MS = 250;
/** A load or a long prefill says nothing for minutes; the heartbeat and the ETA go on. */
const BEAT_MS = 1000;

export interface Reporter {
  /** The `report` of a run context. */
  report: (report: Report) => void;
  /** End the beat; reports still count. Call it before the run's row is ended. */
  stop: () => void;
}

/** When a run began and when its limit ends it, monotonic ms. */
export interface RunTimes {
  startedAtMs: number;
  endsAtMs: number;
}

/** @param stopping aborts when the run was told to stop: what is under way then is the candidate's end, and nobody knows how long it takes. */
export function progressReporter(
  clock: Clock,
  times: RunTimes,
  journal: RunJournal,
  draw: (progress: Progress) => void,
  stopping: AbortSignal,
): Reporter {
  let written = { key: "", atMs: -Infinity };
  let last: Report | null = null;
  let afterSeconds = 0;
  let restoring: Outlook | null = null;
  const report = (told: Report) => {
    last = told;
    const nowMs = clock.nowMs();
    if (told.phase === "draining") afterSeconds = PRIOR.startSeconds;
    if (told.phase === "restoring") restoring ??= { atMs: nowMs, stepSeconds: afterSeconds, restSeconds: 0 };
    const { outlook, ...where } = told;
    const estimate = estimateOf({
      ...times,
      stage: told.stage,
      outlook: restoring ?? outlook,
      nowMs,
      afterSeconds,
    });
    const end =
      stopping.aborted && told.phase !== "restoring" ? { etaSeconds: null, liveTps: null, detail: "stopping" } : {};
    const shown = { ...where, ...estimate, ...end };
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
