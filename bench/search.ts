// Benchmark of the Stage 2 search methods on simulated machines: how often the chosen cell is within 5 % of the best, at what cost,
// and how often identical cells leave the default in place. Run: npx node bench/search.ts [searches per line, default 400]
import { fixed } from "../worker/core/search/search-fixed.ts";
import { race, type RaceState } from "../worker/core/search/search-race.ts";
import type { Cell, SearchMethod } from "../worker/core/search/search.ts";
import { gridCells, normal, seeded, simulate, type SimulatedMachine } from "../tests/support/search-simulation.ts";

const SEARCHES = Number(process.argv[2] ?? 400);
/** 30 s to restart, 15 s per request; the drift is complete after 23 min, which is what `fixed` takes for 12 cells. */
const COSTS = { startSeconds: 30, requestSeconds: 15, driftSeconds: 1380 };

qualityAndCost();
identicalCells();
visitsLeft();

function qualityAndCost(): void {
  console.log(`12 cells, CV 5 %, ${SEARCHES} searches per line`);
  console.log("method              drift  incumbent   P(within 5 %)  requests  starts  minutes");
  for (const drift of [0, 0.15, 0.3]) {
    qualityLine("fixed", fixed, drift, null);
    qualityLine("fixed, no tie band", fixed, drift, null, 0);
    qualityLine("race", race, drift, null);
    qualityLine("race", race, drift, "random");
  }
}

function qualityLine<S>(
  name: string,
  method: SearchMethod<S>,
  drift: number,
  incumbent: "random" | null,
  tieEpsilon = 0.1,
): void {
  const runs = Array.from({ length: SEARCHES }, (_, seed) => {
    const uniform = seeded(seed * 7919 + 1);
    const cells = gridCells(12, incumbent === null ? null : Math.floor(uniform() * 12));
    const machine = { ...COSTS, ...speeds(cells, normal(uniform)), cv: 0.05, drift };
    const run = simulate(method, cells, machine, seed + 1, { tieEpsilon });
    const chosen = machine.tps[run.outcome.winner ?? -1] ?? 0;
    return { ...run, good: chosen >= 0.95 * Math.max(...machine.tps) ? 1 : 0 };
  });
  const average = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const columns = [
    name.padEnd(18),
    `${100 * drift} %`.padStart(6),
    (incumbent ?? "none").padStart(10),
    average((run) => run.good)
      .toFixed(3)
      .padStart(15),
    average((run) => run.requests)
      .toFixed(1)
      .padStart(9),
    average((run) => run.starts)
      .toFixed(1)
      .padStart(7),
    average((run) => run.seconds / 60)
      .toFixed(1)
      .padStart(8),
  ];
  console.log(columns.join(" "));
}

/** Knob effects on ln speed, drawn anew for each machine: kv_bits SD 10 %, batch 2 +30 % SD 20 %, context SD 5 %, interactions SD 3 %. */
function speeds(cells: Cell[], noise: () => number): Pick<SimulatedMachine, "tps" | "ttftMs"> {
  const effects = new Map<string, number>();
  const effect = (name: string, mean: number, sd: number) => {
    if (!effects.has(name)) effects.set(name, mean + sd * noise());
    return effects.get(name) ?? 0;
  };
  const tps = cells.map(({ knobs }) => {
    const kv = knobs.kv_bits === null ? 0 : effect(`kv ${knobs.kv_bits}`, 0, 0.1);
    const batch = knobs.max_concurrency_override === 1 ? 0 : effect("batch", 0.3, 0.2);
    const context = knobs.max_context_override === 2000 ? 0 : effect("context", 0, 0.05);
    return 40 * Math.exp(kv + batch + context + 0.03 * noise());
  });
  return { tps, ttftMs: cells.map(() => 900) };
}

function identicalCells(): void {
  console.log(`\nidentical cells: share of ${SEARCHES} searches in which the default or the incumbent stays`);
  console.log("cells  CV    race/default  race/incumbent  race, starts vary too  fixed/default");
  for (const count of [6, 12])
    for (const cv of [0.05, 0.1, 0.2]) {
      const shares = [
        stays(race, count, cv, null, 0),
        stays(race, count, cv, count - 1, 0),
        stays(race, count, cv, null, cv / 2),
        stays(fixed, count, cv, null, 0),
      ];
      console.log(
        `${String(count).padStart(5)}  ${String(100 * cv).padStart(2)} %  ${shares.map((s) => s.toFixed(3).padStart(12)).join("  ")}`,
      );
    }
}

function stays<S>(
  method: SearchMethod<S>,
  count: number,
  cv: number,
  incumbent: number | null,
  startCv: number,
): number {
  const same = (value: number) => new Array<number>(count).fill(value);
  const machine = { ...COSTS, tps: same(40), ttftMs: same(900), cv, startCv, drift: 0 };
  const kept = Array.from({ length: SEARCHES }, (_, seed) => {
    return simulate(method, gridCells(count, incumbent), machine, seed + 1).outcome.winner === (incumbent ?? 0);
  });
  return kept.filter(Boolean).length / kept.length;
}

/** What `left` tells before each visit against what came, as part of all visits: what progress can be trusted for. */
function visitsLeft(): void {
  console.log(`\nvisits left as told, minus those that came, in % of all (${SEARCHES} searches per line)`);
  console.log("cells     mean  mean size");
  for (const count of [3, 6, 12]) {
    const errors = Array.from({ length: SEARCHES }, (_, seed) => leftErrors(count, seed)).flat();
    const mean = (values: number[]) => (100 * values.reduce((sum, one) => sum + one, 0)) / values.length;
    const columns = [mean(errors), mean(errors.map(Math.abs))].map((value) => value.toFixed(1).padStart(9));
    console.log(`${String(count).padStart(5)}${columns.join(" ")}`);
  }
}

function leftErrors(count: number, seed: number): number[] {
  const cells = gridCells(count);
  const machine = { ...COSTS, ...speeds(cells, normal(seeded(seed * 7919 + 1))), cv: 0.05, drift: 0.1 };
  const told: number[] = [];
  const through = (state: RaceState) => {
    told.push(race.left(state).visits);
    return state;
  };
  const { steps } = simulate(race, cells, machine, seed + 1, { through });
  return told.slice(0, steps.length).map((left, done) => (left - (steps.length - done)) / steps.length);
}
