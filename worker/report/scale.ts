// Where the axis of a chart begins and ends, and its steps: round numbers, and nothing that is drawn lies outside.

export interface Scale {
  min: number;
  max: number;
  interval: number;
}

/** Steps that an axis may have at most. */
const MOST_STEPS = 5;

/**
 * Choose the smallest step with which at most 5 of them reach from below `low` to above `high`.
 * @param low at most `high`, both finite; `steps` ascending, the usual 1, 2 and 5 beyond them
 * @returns multiples of the step; one step if `low` and `high` are the same multiple
 */
export function roundScale(low: number, high: number, steps: readonly number[] = []): Scale {
  const smallest = 10 ** Math.floor(Math.log10((high - low || Math.abs(high) || 1) / MOST_STEPS));
  const beyond = [1, 2, 5, 10, 20, 50, 100].map((factor) => factor * smallest);
  for (const interval of [...steps, ...beyond.filter((step) => step > (steps.at(-1) ?? 0))]) {
    const [from, to] = [Math.floor(low / interval + FUZZ), Math.ceil(high / interval - FUZZ)];
    if (to - from <= MOST_STEPS) return { min: from * interval, max: Math.max(to, from + 1) * interval, interval };
  }
  return { min: low, max: high, interval: high - low };
}

/** 0.15 / 0.05 is not quite 3. */
const FUZZ = 1e-9;
