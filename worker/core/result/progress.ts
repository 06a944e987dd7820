// How far a run is and how long it still takes: what is stored of it, and the one way in which it is said. Pure.
// Source: contract §3 (status: ETA), §14 (live progress).

/** What lies ahead, as seen at one moment; made anew whenever the run has measured more. */
export interface Outlook {
  /** Monotonic, of the run's clock. */
  atMs: number;
  /** Left of the step under way: a download with its visit, what is left of a visit. */
  stepSeconds: number;
  /** All that comes after it. */
  restSeconds: number;
}

export interface RunState {
  /** 0: around the stages; then neither the limit nor what comes after has a say. */
  stage: 0 | 1 | 2;
  /** null: nothing lies ahead that could be estimated. */
  outlook: Outlook | null;
  nowMs: number;
  startedAtMs: number;
  /** Where the run's time limit ends it; Infinity: it does not. */
  endsAtMs: number;
  /** Bringing back what was drained: after the last visit, or the limit if that is first. */
  afterSeconds: number;
}

export interface Estimate {
  /** Of the whole run's time, 0 to 0.94; null before Stage 2, as nobody knows which candidate will fit. */
  share: number | null;
  /** ≥ 0; null if nothing can be estimated. */
  etaSeconds: number | null;
}

/** Part of a step that is left at least: no estimate is better than that. */
const LEAST_LEFT = 0.25;
/** The last step may become the longest: no run is all but over before it is. */
const MOST_SHARE = 0.94;

/** Estimate how far the run is at this moment. It may go back: an overrun or a slow visit makes the rest longer. */
export function estimateOf({ stage, outlook, nowMs, ...run }: RunState): Estimate {
  if (outlook === null) return { share: null, etaSeconds: null };
  const ageSeconds = seconds(outlook.atMs, nowMs);
  const ahead = stepLeft(outlook.stepSeconds, ageSeconds) + outlook.restSeconds;
  if (stage === 0) return { share: null, etaSeconds: ahead };
  const left = Math.min(ahead, seconds(nowMs, run.endsAtMs)) + run.afterSeconds;
  if (stage === 1) return { share: null, etaSeconds: left };
  const elapsed = seconds(run.startedAtMs, nowMs);
  const share = elapsed + left === 0 ? 0 : elapsed / (elapsed + left);
  return { share: Math.min(MOST_SHARE, share), etaSeconds: left };
}

/** What is overdue is expected to take as long again as it is overdue. */
const stepLeft = (expected: number, age: number): number =>
  Math.max(expected - age, LEAST_LEFT * expected, age - expected);

const seconds = (fromMs: number, toMs: number): number => Math.max(0, (toMs - fromMs) / 1000);

/** Of a run under way, as it is told. */
export interface Told extends Estimate {
  stage: number;
  /** 1-based place of the candidate in the list; null if there is none. */
  place: { rank: number; of: number } | null;
}

/** "42 %", before it can be told "Stage 1 · 2 of 5"; null before Stage 1. */
export function whereText({ stage, share, place }: Omit<Told, "etaSeconds">): string | null {
  if (share !== null) return `${Math.round(Math.min(1, Math.max(0, share)) * 100)} %`;
  if (stage === 0) return null;
  const isOneOfMany = stage === 1 && place !== null && place.of > 1;
  return isOneOfMany ? `Stage 1 · ${place.rank} of ${place.of}` : `Stage ${stage}`;
}

/** "12 min", "40 s": as coarse as it is known; null while it cannot be told. @param etaSeconds ≥ 0 */
export function etaText(etaSeconds: number | null): string | null {
  if (etaSeconds === null || !Number.isFinite(etaSeconds)) return null;
  if (etaSeconds < 60) return `${Math.max(1, Math.ceil(etaSeconds / 10)) * 10} s`;
  const minutes = Math.ceil(etaSeconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** "42 % · ETA 12 min", "Stage 1 · 2 of 5 · ETA 1 h 10 min"; null while neither can be told. */
export function progressText(told: Told): string | null {
  const eta = etaText(told.etaSeconds);
  const parts = [whereText(told), eta === null ? null : `ETA ${eta}`].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" · ");
}
