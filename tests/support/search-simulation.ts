// A machine with known speeds under a virtual clock, and a driver that runs a search method on it. For tests; bench/search has its own worlds.
import type { Knobs } from "../../worker/core/knobs.ts";
import type {
  Cell,
  SearchMethod,
  SearchOutcome,
  SearchSettings,
  Step,
  VisitResult,
} from "../../worker/core/search/search.ts";

/** Seeded uniform numbers in [0, 1): a 32-bit counter, mixed. */
export function seeded(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let x = counter;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers from uniform ones (Box-Muller). */
export function normal(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

export interface SimulatedMachine {
  /** True throughput per cell, tokens/s, by cell index. */
  tps: number[];
  /** True TTFT per cell, ms. */
  ttftMs: number[];
  /** Relative noise of one replicate; TTFT has the same. */
  cv: number;
  /** Relative noise of one start, shared by its replicates; 0 unless said. */
  startCv?: number;
  /** Relative loss of speed after `driftSeconds`, growing linearly and then staying. */
  drift: number;
  driftSeconds: number;
  startSeconds: number;
  requestSeconds: number;
}

export interface SimulatedSearch {
  outcome: SearchOutcome;
  steps: Step[];
  requests: number;
  starts: number;
  seconds: number;
}

/** Run a method to its end, or for `maxSteps` visits. `through` sees each state on its way (e.g. JSON and back). */
export function simulate<S>(
  method: SearchMethod<S>,
  cells: Cell[],
  machine: SimulatedMachine,
  seed: number,
  options: Partial<SearchSettings> & { limitSeconds?: number; maxSteps?: number; through?: (state: S) => S } = {},
): SimulatedSearch {
  const { limitSeconds = Infinity, maxSteps = 1000, through = (state: S) => state, ...rest } = options;
  const { startSeconds, requestSeconds } = machine;
  const uniform = seeded(seed);
  const noise = normal(uniform);
  const steps: Step[] = [];
  // Where servers are kept, Stage 1's runs the default cell.
  let [seconds, requests, starts, running, startNoise] = [0, 0, 0, method.keepsServer ? 0 : -1, 0];
  let state = through(method.start({ cells, replicates: 5, tieEpsilon: 0.1, startSeconds, requestSeconds, ...rest }));
  for (let step = method.next(state); step.kind === "visit" && steps.length < maxSteps; step = method.next(state)) {
    steps.push(step);
    const kept = method.keepsServer && running === step.cellIndex;
    const startCost = kept ? 0 : startSeconds;
    if (!kept) [running, starts, startNoise] = [step.cellIndex, starts + 1, noise() * (machine.startCv ?? 0)];
    const requestsAt = seconds + startCost;
    const result = visit(machine, step, requestsAt, startNoise, noise);
    seconds = requestsAt + step.replicates * requestSeconds;
    requests += step.replicates;
    const atSeconds = result.tps.map((_, i) => requestsAt + (i + 0.5) * requestSeconds);
    const times = { start: starts, atSeconds, startSeconds: kept ? null : startSeconds, requestSeconds };
    state = through(method.accept(state, { ...result, elapsedShare: seconds / limitSeconds, times }));
  }
  return { outcome: method.outcome(state), steps, requests, starts, seconds };
}

function visit(
  machine: SimulatedMachine,
  step: Extract<Step, { kind: "visit" }>,
  requestsAt: number,
  startNoise: number,
  noise: () => number,
): Omit<VisitResult, "elapsedShare"> {
  const { cellIndex, replicates } = step;
  const tps: number[] = [];
  const ttftMs: number[] = [];
  for (let i = 0; i < replicates; i++) {
    const at = requestsAt + (i + 0.5) * machine.requestSeconds;
    const slow = 1 - machine.drift * Math.min(1, at / machine.driftSeconds);
    tps.push((machine.tps[cellIndex] ?? 1) * slow * Math.exp(startNoise + noise() * machine.cv));
    ttftMs.push(((machine.ttftMs[cellIndex] ?? 1) / slow) * Math.exp(-startNoise + noise() * machine.cv));
  }
  return { cellIndex, tps, ttftMs, misfit: null };
}

/** The product of kv_bits, max_batch and context (2 × so many of each as needed), defaults first, batched ones last. */
export function gridCells(count: number, incumbent: number | null = null): Cell[] {
  const knobs: Knobs[] = [];
  for (const batch of [1, 2])
    for (let context = 0; context < count / 6; context++)
      for (const kv of [null, 4, 8] as const)
        knobs.push({ kv_bits: kv, max_concurrency_override: batch, max_context_override: 2000 + context * 1000 });
  return knobs.slice(0, count).map((one, index) => ({ index, knobs: one, incumbent: index === incumbent }));
}
