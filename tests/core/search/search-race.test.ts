import { describe, expect, test } from "@jest/globals";
import type { Cell, SearchOutcome, SearchSettings, Step, VisitResult } from "../../../worker/core/search/search.ts";
import { race, type RaceState } from "../../../worker/core/search/search-race.ts";
import { gridCells, normal, seeded } from "../../support/search-simulation.ts";

type Visit = Extract<Step, { kind: "visit" }>;
type Answer = Partial<VisitResult>;
interface Run {
  steps: Visit[];
  outcome: SearchOutcome;
  state: RaceState;
}

const COSTS = { replicates: 1, tieEpsilon: 0.1, startSeconds: 30, requestSeconds: 15 };
const OUT_OF_MEMORY = { class: "out_of_memory", reason: "rc 137 while loading" } as const;

/** Drive a race with an answer per step; `at` counts visits from 0. */
function run(cells: Cell[], answer: (step: Visit, at: number) => Answer, settings: Partial<SearchSettings> = {}): Run {
  const steps: Visit[] = [];
  let state = race.start({ cells, ...COSTS, ...settings });
  for (let step = race.next(state); step.kind === "visit"; step = race.next(state)) {
    const empty = { cellIndex: step.cellIndex, tps: [], ttftMs: [], misfit: null, elapsedShare: 0.001 * steps.length };
    state = race.accept(state, { ...empty, ...answer(step, steps.length) });
    steps.push(step);
    if (steps.length > 200) throw new Error("the race does not end");
  }
  return { steps, outcome: race.outcome(state), state };
}

/** Answers with fixed speeds and ±1 % of noise that is the same for every visit. */
function speeds(tps: number[], ttftMs: number[] = []): (step: Visit) => Answer {
  return ({ cellIndex, replicates }) => {
    const around = (value: number) => Array.from({ length: replicates }, (_, i) => value * (i % 2 === 0 ? 1.01 : 0.99));
    return { tps: around(tps[cellIndex] ?? 1), ttftMs: around(ttftMs[cellIndex] ?? 900) };
  };
}

/** Answers with fixed speeds and normal noise. */
function noisy(tps: number[], cv: number, seed: number, ttftMs: number[] = []): (step: Visit) => Answer {
  const noise = normal(seeded(seed));
  return ({ cellIndex, replicates }) => ({
    tps: Array.from({ length: replicates }, () => (tps[cellIndex] ?? 1) * Math.exp(cv * noise())),
    ttftMs: Array.from({ length: replicates }, () => (ttftMs[cellIndex] ?? 900) * Math.exp(cv * noise())),
  });
}

const order = (steps: Visit[], nonceSet: number) =>
  steps.filter((s) => s.nonceSet === nonceSet).map((s) => s.cellIndex);

describe("the sequence of visits", () => {
  test("passes run in order, batched cells last, and then backwards, each pass with its own prompts", () => {
    const alternate = (step: Visit) => ({ tps: step.cellIndex === 0 ? [100, 84] : [92, 108], ttftMs: [900, 900] });
    const { steps } = run(gridCells(6), alternate);
    const passes = steps.filter((step) => step.purpose === "pass");
    expect(order(passes, 0)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(order(passes, 1)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(order(passes, 2)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(passes.every((step) => step.replicates === 2)).toBe(true);
  });

  test("a start that costs more than three requests doubles the replicates", () => {
    const answer = speeds([10, 10]);
    expect(run(gridCells(2), answer, { startSeconds: 45 }).steps[0]?.replicates).toBe(2);
    expect(run(gridCells(2), answer, { startSeconds: 46 }).steps[0]?.replicates).toBe(4);
  });

  test("at most six passes, however loud the noise", () => {
    // Cell 1 looks 12 % faster at a noise of 30 %: never measurable, never within 5 %.
    const loud = (step: Visit) => ({ tps: step.cellIndex === 1 ? [61, 33] : [54, 30], ttftMs: [900, 900] });
    const { steps, outcome } = run(gridCells(3), loud);
    expect(new Set(steps.map((step) => step.nonceSet)).size).toBe(6);
    expect(steps).toHaveLength(18);
    expect(outcome.winner).toBe(0);
  });

  test("one cell gets one visit of two replicates", () => {
    const { steps, outcome } = run(gridCells(1), speeds([10]));
    expect(steps).toHaveLength(1);
    expect(steps[0]?.replicates).toBe(2);
    expect(outcome).toMatchObject({ winner: 0, uplift: null, drift: null });
  });

  test("after pass 1 only cells beyond the drift allowance and their noise are dropped", () => {
    const { steps, outcome } = run(gridCells(3), speeds([100, 93, 60]));
    expect(order(steps, 1)).toEqual([1, 0]);
    expect(outcome.winner).toBe(0);
    expect(outcome.cells[2]).toMatchObject({ status: "dropped" });
    expect(outcome.cells[2]?.reason).toBe("40.0 % slower than kv unset · batch 1 · context 2000 after pass 1");
  });

  test("no pass is begun that the time limit cannot hold", () => {
    const share = (each: number) =>
      run(gridCells(6), (step, at) => ({ ...speeds([9, 9, 9, 9.9, 9, 9])(step), elapsedShare: (at + 1) * each }));
    expect(share(0.1).steps).toHaveLength(6);
    expect(share(0.03).steps.length).toBeGreaterThan(6);
    expect(share(0.5).steps).toHaveLength(2);
  });
});

describe("the choice", () => {
  test("a clearly faster cell replaces the default, confirmed by baseline, challenger, challenger, baseline", () => {
    const { steps, outcome } = run(gridCells(6), noisy([40, 41, 38, 60, 52, 50], 0.03, 5));
    const confirm = steps.filter((step) => step.purpose === "confirm");
    expect(confirm.map((step) => step.cellIndex)).toEqual([0, 3, 3, 0]);
    const used = new Set(steps.filter((step) => step.purpose === "pass").map((step) => step.nonceSet));
    expect(confirm.some((step) => used.has(step.nonceSet))).toBe(false);
    expect(outcome).toMatchObject({ winner: 3, uplift: { against: 0, confirmed: true } });
    const [low, high] = outcome.uplift?.interval ?? [0, 0];
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    expect(outcome.cells[3]?.status).toBe("won");
  });

  test("the reported uplift comes from the fresh requests alone", () => {
    const outcome = run(gridCells(2), (step) => {
      const speed = step.cellIndex === 0 ? 40 : step.purpose === "pass" ? 60 : 50;
      return { tps: [speed * 1.01, speed / 1.01], ttftMs: [900, 900] };
    }).outcome;
    expect(outcome.uplift?.ratio).toBeCloseTo(0.25, 6);
  });

  test("if fresh requests do not confirm it, the baseline stays", () => {
    const { outcome } = run(gridCells(2), (step) => {
      const speed = step.cellIndex === 1 && step.purpose === "pass" ? 60 : 40;
      return { tps: [speed * 1.01, speed / 1.01], ttftMs: [900, 900] };
    });
    expect(outcome).toMatchObject({ winner: 0, uplift: null });
    expect(outcome.reason).toBe("the default stays: fresh requests did not confirm that another cell is better");
    expect(outcome.cells[1]).toMatchObject({ status: "dropped", reason: "not confirmed by fresh requests" });
  });

  test("an incumbent stays against a cell that is 2 % faster however well measured", () => {
    const { outcome, steps } = run(gridCells(3, 1), (step) => ({
      tps: step.cellIndex === 2 ? [40.8, 40.8] : [40, 40],
      ttftMs: [900, 900],
    }));
    expect(outcome.winner).toBe(1);
    expect(steps.some((step) => step.purpose === "confirm")).toBe(false);
  });

  test("at equal throughput a measurably lower TTFT wins, one that is 0.1 % lower does not", () => {
    const tied = noisy([40, 40], 0.01, 3, [900, 700]);
    expect(run(gridCells(2), tied).outcome).toMatchObject({ winner: 1, uplift: { confirmed: true } });
    const same = (step: Visit) => ({ tps: [40, 40], ttftMs: step.cellIndex === 1 ? [899.1, 899.1] : [900, 900] });
    expect(run(gridCells(2), same).outcome.winner).toBe(0);
  });

  test("among cells that are tied and replace the baseline, the one with fewest changes wins", () => {
    // kv 8 · batch 2 and kv unset · batch 2 are equally fast; the second differs from the default in one knob only.
    const { outcome } = run(gridCells(6), noisy([40, 40, 40, 60, 60.3, 60.3], 0.005, 11));
    expect(outcome.winner).toBe(3);
    expect(outcome.findings).toEqual(["kv_bits: no measurable difference"]);
  });

  test("a knob that matters is no finding, nor is an axis with one value", () => {
    expect(run(gridCells(3), noisy([40, 50, 30], 0.01, 2)).outcome.findings).toEqual([]);
  });
});

describe("cells that do not fit", () => {
  test("all of them: no winner, each visited once", () => {
    const { steps, outcome } = run(gridCells(6), () => ({ misfit: OUT_OF_MEMORY }));
    expect(steps).toHaveLength(6);
    expect(outcome).toMatchObject({ winner: null, reason: "no cell fits", uplift: null, findings: [] });
    expect(outcome.cells.every((cell) => cell.status === "misfit" && cell.reason === OUT_OF_MEMORY.reason)).toBe(true);
  });

  test("if the baseline does not fit, the best of the others wins without a confirmation", () => {
    const fast = speeds([40, 40, 55]);
    const { steps, outcome } = run(gridCells(3), (step) =>
      step.cellIndex === 0 ? { misfit: OUT_OF_MEMORY } : fast(step),
    );
    expect(outcome).toMatchObject({ winner: 2, uplift: null });
    expect(steps.some((step) => step.purpose === "confirm")).toBe(false);
  });

  test("an incumbent that stops fitting in pass 2 is out", () => {
    const even = speeds([40, 41, 41]);
    const { outcome } = run(gridCells(3, 1), (step) =>
      step.cellIndex === 1 && step.nonceSet === 1 ? { misfit: OUT_OF_MEMORY } : even(step),
    );
    expect(outcome.winner).not.toBe(1);
    expect(outcome.cells[1]).toMatchObject({ status: "misfit", interval: null });
  });

  test("if the leader fails in its confirmation, the cells it had beaten are back", () => {
    const fast = speeds([40, 55, 80]);
    const { outcome, steps } = run(gridCells(3), (step) =>
      step.cellIndex === 2 && step.purpose === "confirm" ? { misfit: OUT_OF_MEMORY } : fast(step),
    );
    expect(outcome).toMatchObject({ winner: 1, uplift: { against: 0, confirmed: true } });
    expect(outcome.uplift?.ratio).toBeCloseTo(0.375, 2);
    expect(steps.filter((step) => step.cellIndex === 2 && step.purpose === "confirm")).toHaveLength(1);
  });

  test("a figure that is none makes the cell a misfit", () => {
    const { outcome } = run(gridCells(2), (step) => (step.cellIndex === 1 ? { tps: [NaN, 900] } : speeds([40])(step)));
    expect(outcome.cells[1]).toMatchObject({ status: "misfit", reason: "throughput of NaN tokens/s" });
    expect(outcome.winner).toBe(0);
  });
});

describe("drift", () => {
  const slowing = (perVisit: number) => (step: Visit, at: number) => {
    const speed = [100, 97, 94][step.cellIndex] ?? 1;
    return { tps: [speed * (1 - perVisit * at), speed * (1 - perVisit * at) * 1.002], ttftMs: [900, 900] };
  };

  test("a machine that slows down by more than 10 % is thermally unstable", () => {
    const { outcome } = run(gridCells(3), slowing(0.05));
    // Two passes of three visits: the second is three visits later, 0.15 of the first pass's mean speed of 0.95.
    expect(outcome.drift).toBeCloseTo(-0.158, 2);
    expect(outcome.thermallyUnstable).toBe(true);
  });

  test("a steady one is not", () => {
    const { outcome } = run(gridCells(3), slowing(0.001));
    expect(Math.abs(outcome.drift ?? 1)).toBeLessThan(0.01);
    expect(outcome.thermallyUnstable).toBe(false);
  });

  test("a linear slow-down does not make the last cell lose against an equal first one", () => {
    const { outcome } = run(gridCells(3), (_, at) => ({ tps: [100 - 2 * at, 100.3 - 2 * at], ttftMs: [900, 900] }));
    expect(outcome.winner).toBe(0);
    expect(outcome.cells.map((cell) => cell.status)).toEqual(["won", "survived", "survived"]);
  });
});

describe("cut short", () => {
  const after = (visits: number, tps: number[], incumbent: number | null = null) => {
    const answer = speeds(tps);
    let state = race.start({ cells: gridCells(tps.length, incumbent), ...COSTS });
    for (let at = 0; at < visits; at++) {
      const step = race.next(state);
      if (step.kind === "done") break;
      state = race.accept(state, {
        cellIndex: step.cellIndex,
        tps: [],
        ttftMs: [],
        misfit: null,
        elapsedShare: 0,
        ...answer(step),
      });
    }
    return race.outcome(state);
  };

  test("before the first visit there is no winner", () => {
    expect(after(0, [40, 50, 60])).toMatchObject({ winner: null, reason: "no cell was measured", drift: null });
  });

  test("within pass 1 the baseline stays unless clearly beaten, and the gain is marked as not confirmed", () => {
    expect(after(1, [40, 44, 60]).winner).toBe(0);
    expect(after(2, [40, 44, 60]).winner).toBe(0);
    expect(after(2, [40, 80, 60])).toMatchObject({ winner: 1, uplift: { against: 0, confirmed: false } });
  });

  test("an incumbent that was not reached cannot win; the default is compared with instead", () => {
    expect(after(2, [40, 80, 60], 2)).toMatchObject({ winner: 1, uplift: { against: 0 } });
  });
});
