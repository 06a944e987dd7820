// How concurrent requests share one simulated machine over time. Pure: time comes in, progress comes out.
// Prefilling and decoding requests split the machine evenly; waiting ones have no slot yet. Source: contract §4, simulated.

export interface Sequence {
  id: number;
  promptTokens: number;
  maxTokens: number;
  /** ms of the whole machine that its prefill takes. */
  prefillWorkMs: number;
  prefillDoneMs: number;
  /** Factor on each of its decode steps (noise). */
  stepFactor: number;
  /** Tokens written so far; the fraction is the step under way. */
  tokens: number;
}

/** What happened in a span of time: tokens that became due, per sequence, in order. */
export interface Progressed {
  sequences: Sequence[];
  events: { id: number; newTokens: number }[];
}

/** ms of one decode step with these sequences decoding. */
export type StepMs = (decoding: Sequence[]) => number;

const DUE_MARGIN = 1e-9;

/**
 * Let so much time pass, exactly through every change of phase in it.
 * @param slots how many of the sequences are served at once, oldest first; ≥ 1
 * @param dtMs ≥ 0
 */
export function advance(sequences: Sequence[], slots: number, stepMs: StepMs, dtMs: number): Progressed {
  let live = sequences.map((sequence) => ({ ...sequence }));
  const before = new Map(live.map((sequence) => [sequence.id, Math.floor(sequence.tokens)]));
  let leftMs = dtMs;
  while (leftMs > 0) {
    const spanMs = Math.min(leftMs, msToNextEvent(live, slots, stepMs));
    if (!Number.isFinite(spanMs)) break;
    live = pass(live, slots, stepMs, spanMs);
    leftMs -= spanMs;
  }
  const events = live
    .map((sequence) => ({ id: sequence.id, newTokens: Math.floor(sequence.tokens) - (before.get(sequence.id) ?? 0) }))
    .filter((event) => event.newTokens > 0);
  return { sequences: live, events };
}

/** ms until a prefill ends or a token is due; Infinity if nothing is served. */
export function msToNextEvent(sequences: Sequence[], slots: number, stepMs: StepMs): number {
  const rates = ratesOf(sequences, slots, stepMs);
  const waits = rates.map(({ sequence, prefillPerMs, tokensPerMs }) => {
    if (prefillPerMs > 0) return (sequence.prefillWorkMs - sequence.prefillDoneMs) / prefillPerMs;
    return (Math.floor(sequence.tokens) + 1 - sequence.tokens) / tokensPerMs;
  });
  return Math.min(Infinity, ...waits);
}

interface Rate {
  sequence: Sequence;
  prefillPerMs: number;
  tokensPerMs: number;
}

function ratesOf(sequences: Sequence[], slots: number, stepMs: StepMs): Rate[] {
  const served = sequences.filter((sequence) => !finished(sequence)).slice(0, slots);
  const decoding = served.filter(prefilled);
  const share = 1 / Math.max(1, served.length);
  const stepShare = decoding.length * share;
  const step = decoding.length === 0 ? Infinity : stepMs(decoding);
  return served.map((sequence) =>
    prefilled(sequence)
      ? { sequence, prefillPerMs: 0, tokensPerMs: stepShare / (step * sequence.stepFactor) }
      : { sequence, prefillPerMs: share, tokensPerMs: 0 },
  );
}

/** Within a span no sequence changes its phase. The first token is the prefill's own: it is due when the prefill ends. */
function pass(sequences: Sequence[], slots: number, stepMs: StepMs, spanMs: number): Sequence[] {
  const rates = new Map(ratesOf(sequences, slots, stepMs).map((rate) => [rate.sequence.id, rate]));
  return sequences.map((sequence) => {
    const rate = rates.get(sequence.id);
    if (rate === undefined) return sequence;
    if (rate.prefillPerMs === 0) return { ...sequence, tokens: settle(sequence.tokens + spanMs * rate.tokensPerMs) };
    const done = sequence.prefillDoneMs + spanMs * rate.prefillPerMs;
    if (done < sequence.prefillWorkMs - DUE_MARGIN) return { ...sequence, prefillDoneMs: done };
    return { ...sequence, prefillDoneMs: sequence.prefillWorkMs, tokens: 1 };
  });
}

/** Rounding must not leave a due token a hair below its whole number: the next span would be zero for ever. */
function settle(tokens: number): number {
  const whole = Math.round(tokens);
  return Math.abs(tokens - whole) < DUE_MARGIN ? whole : tokens;
}

function prefilled(sequence: Sequence): boolean {
  return sequence.prefillDoneMs >= sequence.prefillWorkMs;
}

function finished(sequence: Sequence): boolean {
  return sequence.tokens >= sequence.maxTokens;
}
