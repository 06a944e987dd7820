// Where a value lies on an axis, and which values an axis names. Pure. Source: contract §14 (charts).

export interface Scale {
  /** Values at both ends. */
  domain: [from: number, to: number];
  /** Values to be named, ascending, within the domain. */
  ticks: number[];
  /** px of a value. */
  at: (value: number) => number;
}

/** px at both ends of an axis. */
export type Span = readonly [from: number, to: number];

/**
 * An even axis around these values that begins and ends at round ones.
 * @param values finite, n ≥ 1
 * @param steps how many steps it has at most, about
 */
export function evenScale(values: readonly number[], span: Span, steps: number): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = roundStep((high > low ? high - low : Math.abs(high) || 1) / Math.max(1, steps));
  const first = Math.floor(rounded(low / step));
  // A single value gets room on its right.
  const last = Math.max(Math.ceil(rounded(high / step)), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => rounded((first + index) * step));
  return scale([rounded(first * step), rounded(last * step)], ticks, span, (value) => value);
}

/**
 * A logarithmic axis from one power of ten to another.
 * @param values above 0, n ≥ 1
 */
export function logScale(values: readonly number[], span: Span): Scale {
  const first = Math.floor(rounded(Math.log10(Math.min(...values))));
  const last = Math.max(Math.ceil(rounded(Math.log10(Math.max(...values)))), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return scale([10 ** first, 10 ** last], ticks, span, Math.log10);
}

function scale(domain: [number, number], ticks: number[], [left, right]: Span, bend: (value: number) => number): Scale {
  const [from, to] = [bend(domain[0]), bend(domain[1])];
  return { domain, ticks, at: (value) => left + ((bend(value) - from) / (to - from)) * (right - left) };
}

/** 1, 2 or 5 times a power of ten, at least so much. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(rounded(Math.log10(least)));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Without the dust of floating point: 0.30000000000000004 is 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(12));

/** The ticks that are named when each name needs so many px; the first one always is. */
export function namedTicks(ticks: readonly number[], at: (value: number) => number, roomPx: number): number[] {
  const named: number[] = [];
  for (const tick of ticks) {
    const before = named.at(-1);
    if (before === undefined || Math.abs(at(tick) - at(before)) >= roomPx) named.push(tick);
  }
  return named;
}
