// What the active run is doing, in words: for the run view, the menu bar and the search subtitle. Pure: now is handed in.
// Source: contract §14 (phase, progress, ETA, live tok/s).
import { activeProgress, placeOf } from "../../../worker/core/runs/active-progress.ts";
import { elapsedSeconds, silentSeconds } from "../../../worker/core/runs/active-time.ts";
import { duration, shortModel, tokensPerSecond } from "../../../worker/core/units.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";

const PHASES: Record<string, string> = {
  starting: "Starting",
  draining: "Draining the live provider",
  "pre-warm": "Fetching weights",
  loading: "Loading",
  "warm-up": "Warming up",
  prefilling: "Prefilling",
  decoding: "Decoding",
  "between-cells": "Between cells",
  restoring: "Restoring the live provider",
  done: "Done",
};

/** "Loading"; a phase of a newer worker as it is called there. */
export const phaseText = ({ phase }: Pick<ActiveRow, "phase">): string => PHASES[phase] ?? phase;

/** "Stage 1: which model fits"; null before it. */
export function stageText({ stage }: Pick<ActiveRow, "stage">): string | null {
  if (stage === 1) return "1: which model fits";
  return stage === 2 ? "2: which knobs are best" : null;
}

/** "3 of 5: Qwen2.5-7B"; null while there is none. */
export function candidateText(active: ActiveRow): string | null {
  if (active.candidate === null) return null;
  const place = placeOf(active);
  const rank = place !== null && place.of > 1 ? `${place.rank} of ${place.of}: ` : "";
  return `${rank}${shortModel(active.candidate)}`;
}

/** "42 % · ETA 12 min", or what it is at while neither can be told. */
export const shortProgress = (active: ActiveRow): string => activeProgress(active) ?? phaseText(active);

/** "41.8 tok/s"; null while no tokens come. */
export const liveText = ({ live_tps: tps }: Pick<ActiveRow, "live_tps">): string | null =>
  tps === null || !(tps > 0) ? null : tokensPerSecond(tps);

/** "3 min 05 s" since it began, in whole seconds. */
export function elapsedText(active: ActiveRow, nowMs: number): string {
  const seconds = Math.round(elapsedSeconds(active, nowMs));
  return seconds < 60 ? `${seconds} s` : duration(seconds);
}

/** What to say of a worker that does not beat; null while it does. */
export function silenceText(active: ActiveRow, nowMs: number): string | null {
  const seconds = silentSeconds(active, nowMs);
  return seconds === null
    ? null
    : `Not heard of for ${duration(seconds)}: the Mac was asleep, or process ${active.pid} is stuck or gone.`;
}
