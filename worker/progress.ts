// Turns the flow's progress into what is stored and drawn: counts the ETA down between estimates and keeps the writes few.
import type { Clock, Progress, RunJournal } from "./context.ts";
import { shareDone } from "./core/estimate.ts";

/** Rows are written at most this often, except when the phase changes. */
const WRITE_MS = 250;

/** @returns the `report` of a run context. */
export function progressReporter(
  clock: Clock,
  startedAtMs: number,
  journal: RunJournal,
  draw: (progress: Progress) => void,
): (progress: Progress) => void {
  let plan = { etaSeconds: null as number | null, atMs: startedAtMs };
  let written = { key: "", atMs: -Infinity };
  let share = 0;
  return (progress) => {
    const nowMs = clock.nowMs();
    if (progress.etaSeconds !== plan.etaSeconds) plan = { etaSeconds: progress.etaSeconds, atMs: nowMs };
    const etaSeconds = plan.etaSeconds === null ? null : Math.max(0, plan.etaSeconds - (nowMs - plan.atMs) / 1000);
    share = Math.max(share, etaSeconds === null ? 0 : shareDone((nowMs - startedAtMs) / 1000, etaSeconds));
    const shown = { ...progress, etaSeconds, share };
    draw(shown);
    const key = [shown.phase, shown.stage, shown.candidate, shown.cell].join("\n");
    if (key !== written.key) journal.phase(shown);
    else if (nowMs - written.atMs < WRITE_MS) return;
    else journal.progress(shown);
    written = { key, atMs: nowMs };
  };
}
