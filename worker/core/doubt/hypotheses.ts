// What may be true of the cells before anything is measured: which axes matter, how noisy one request is, how much the machine drifts.
// Source: docs/doubt.md.

/** The level of each axis that has at least two, per cell: levels[cell][axis], counted from 0. */
export type Levels = readonly (readonly number[])[];

export interface Hypothesis {
  /** Covariance of the cells' ln throughput, kernel[a][b]; the common level is not in it. */
  kernel: readonly Float64Array[];
  /** For each axis whether it matters; null = the cells are unrelated. */
  axes: readonly boolean[] | null;
  /** Variance of the drift per second. */
  driftPerSecond: number;
  /** Variance of one request. */
  noise: number;
  logPrior: number;
}

/** Standard deviations of ln throughput: an axis that matters, a pair of them, any other axis, the cell itself. */
const [MAIN, PAIR, REST, OWN] = [0.15, 0.05, 0.01, 0.02];
/** Unrelated cells: their spreads, and what an axis has in common all the same. */
const [SPREADS, SHARED] = [[0.15, 0.4], 0.03] as const;
const [WITH_STRUCTURE, UNRELATED] = [0.4, 0.3];
/** Drift over so many seconds. */
const [DRIFTS, DRIFT_SECONDS] = [[0.05, 0.2], 1380] as const;
const NOISES = [0.02, 0.03, 0.045, 0.07, 0.11, 0.17] as const;
const [USUAL_NOISE, NOISE_SPREAD] = [0.05, 0.5];

interface Structure {
  kernel: readonly Float64Array[];
  axes: readonly boolean[] | null;
  prior: number;
}

/** All of them; their priors sum up to 1. */
export function hypothesesOf(levels: Levels): Hypothesis[] {
  const noisy = NOISES.map((sd) => Math.exp(-(Math.log(sd / USUAL_NOISE) ** 2) / (2 * NOISE_SPREAD ** 2)));
  const all = noisy.reduce((sum, one) => sum + one, 0);
  return [...structured(levels), ...SPREADS.map((spread) => unrelated(levels, spread))].flatMap(
    ({ kernel, axes, prior }) =>
      DRIFTS.flatMap((drift) =>
        NOISES.map((sd, place) => ({
          ...{ kernel, axes },
          driftPerSecond: drift ** 2 / DRIFT_SECONDS,
          noise: sd ** 2,
          logPrior: Math.log((prior * (noisy[place] ?? 0)) / all / DRIFTS.length),
        })),
      ),
  );
}

/** One for each subset of the axes. */
function structured(levels: Levels): Structure[] {
  const axes = levels[0]?.length ?? 0;
  return Array.from({ length: 2 ** axes }, (_, subset) => {
    const matters = Array.from({ length: axes }, (_, axis) => ((subset >> axis) & 1) === 1);
    const kernel = kernelOf(levels, (same, isOne) => {
      const n = same.filter((axis) => matters[axis]).length;
      const others = same.length - n;
      return MAIN ** 2 * n + (PAIR ** 2 * n * (n - 1)) / 2 + REST ** 2 * others + (isOne ? OWN ** 2 : 0);
    });
    return { kernel, axes: matters, prior: WITH_STRUCTURE / 2 ** axes };
  });
}

function unrelated(levels: Levels, spread: number): Structure {
  const kernel = kernelOf(levels, (same, isOne) => (isOne ? spread ** 2 : 0) + SHARED ** 2 * same.length);
  return { kernel, axes: null, prior: UNRELATED };
}

/** @param of the axes on which two cells agree, and whether they are one */
function kernelOf(levels: Levels, of: (same: number[], isOne: boolean) => number): Float64Array[] {
  return levels.map((a) =>
    Float64Array.from(levels, (b) =>
      of(
        a.flatMap((level, axis) => (level === b[axis] ? [axis] : [])),
        a === b,
      ),
    ),
  );
}
