// Method `doubt` (docs/doubt.md): what it asks, when it stops, what it answers. The machine is simulated under a virtual clock.
import { describe, expect, test } from "@jest/globals";
import type { Cell, Step, VisitResult } from "../../../worker/core/search/search.ts";
import { beliefSchema } from "../../../worker/core/search/belief.ts";
import { doubt } from "../../../worker/core/search/search-doubt.ts";
import { gridCells, simulate } from "../../support/search-simulation.ts";

const COSTS = { startSeconds: 37.5, requestSeconds: 15 };
const SETTINGS = { ...COSTS, replicates: 5, tieEpsilon: 0.1 };
const MISFIT = { class: "died", reason: "the process ended" } as const;
const MACHINE = { ...COSTS, cv: 0.03, drift: 0.1, driftSeconds: 1380 };

interface Answer {
  tps?: number;
  ttftMs?: number;
}

/** Ask until it is over, or so many times; a cell without throughput is a misfit. */
function play(cells: Cell[], answer: (cell: number, nth: number) => Answer, most = 200) {
  let state = doubt.start({ ...SETTINGS, cells });
  const steps: (Step & { kind: "visit" })[] = [];
  for (let step = doubt.next(state); step.kind === "visit" && steps.length < most; step = doubt.next(state)) {
    const { tps, ttftMs = 900 } = answer(step.cellIndex, steps.length);
    const brought = {
      tps: tps === undefined ? [] : [tps],
      ttftMs: [ttftMs],
      misfit: tps === undefined ? MISFIT : null,
    };
    steps.push(step);
    state = doubt.accept(state, { cellIndex: step.cellIndex, ...brought, elapsedShare: 0 });
  }
  return { state, steps, asked: steps.map(({ cellIndex }) => cellIndex), outcome: doubt.outcome(state) };
}

/** ± 1 % about these speeds. */
const about = (speeds: number[]) => (cell: number, nth: number) => ({
  tps: (speeds[cell] ?? 0) * (nth % 2 ? 1.01 : 0.99),
});

describe("what it asks", () => {
  test("begins with two requests of the baseline, one at a time, each with its own prompts", () => {
    const { steps } = play(gridCells(6), about([40, 40, 40, 60, 60, 60]), 2);
    expect(steps).toEqual(
      [0, 1].map((nonceSet) => ({ kind: "visit", cellIndex: 0, replicates: 1, nonceSet, purpose: "pass" })),
    );
    expect(play(gridCells(6, 4), about([40, 40, 40, 60, 60, 60]), 2).asked).toEqual([4, 4]);
  });

  test("never gives a cell the same prompts twice", () => {
    const { steps } = play(gridCells(6), about([40, 41, 40, 42, 41, 43]));
    expect(new Set(steps.map(({ cellIndex, nonceSet }) => `${cellIndex}/${nonceSet}`)).size).toBe(steps.length);
  });

  test("stays on a server that runs as long as that is worth more than a start", () => {
    const { steps, starts } = simulate(
      doubt,
      gridCells(12),
      { ...MACHINE, tps: Array(12).fill(40), ttftMs: Array(12).fill(900) },
      1,
    );
    expect(steps.length).toBeGreaterThan(starts);
  });
});

describe("what it answers", () => {
  test("a cell that is much faster, after fewer requests than two of each", () => {
    const tps = gridCells(12).map(({ knobs }) => (knobs.max_concurrency_override === 2 ? 60 : 40));
    const { outcome, requests } = simulate(doubt, gridCells(12), { ...MACHINE, tps, ttftMs: tps.map(() => 900) }, 7);
    expect(gridCells(12)[outcome.winner ?? 0]?.knobs.max_concurrency_override).toBe(2);
    expect(requests).toBeLessThan(24);
    expect(outcome.reason).toMatch(/^\d+\.\d % faster than the default, (9[5-9]|100) % sure that it is faster$/);
    expect(outcome.uplift).toMatchObject({ against: 0, confirmed: true });
    expect(outcome.uplift?.ratio).toBeGreaterThan(0.35);
    expect(outcome.uplift?.ratio).toBeLessThan(0.65);
  });

  test("the default, where no cell is measurably better", () => {
    const { outcome } = play(gridCells(6), about(Array<number>(6).fill(40)));
    expect(outcome).toMatchObject({
      winner: 0,
      reason: "the default stays: no cell is measurably better",
      uplift: null,
    });
    expect(outcome.findings).toContain("kv_bits: no measurable difference");
  });

  test("a cell as fast as the rest that answers sooner", () => {
    const ttftOf = (cell: number) => (cell === 1 ? 500 : 900);
    const { outcome } = play(gridCells(2), (cell, nth) => ({ ...about([40, 40])(cell, nth), ttftMs: ttftOf(cell) }));
    expect(outcome).toMatchObject({ winner: 1, reason: "as fast as any other cell, with a measurably lower TTFT" });
  });

  test("the only cell that fits", () => {
    const { outcome } = play(gridCells(3), (cell) => (cell === 2 ? { tps: 30 } : {}));
    expect(outcome.winner).toBe(2);
    expect(outcome.cells.map(({ status }) => status)).toEqual(["misfit", "misfit", "won"]);
  });

  test("none where none fits", () => {
    const { outcome, asked } = play(gridCells(4), () => ({}));
    expect(outcome).toMatchObject({ winner: null, reason: "no cell fits" });
    expect(asked.toSorted()).toEqual([0, 1, 2, 3]);
    expect(doubt.outcome(doubt.start({ ...SETTINGS, cells: gridCells(2) })).reason).toBe("no cell was measured");
  });

  test("what is known when time is up, with the doubt that is left", () => {
    let state = doubt.start({ ...SETTINGS, cells: gridCells(6) });
    const visit = (cellIndex: number, tps: number, elapsedShare: number): VisitResult => ({
      cellIndex,
      tps: [tps],
      ttftMs: [900],
      misfit: null,
      elapsedShare,
    });
    for (const one of [visit(0, 40, 0.3), visit(0, 41, 0.6), visit(3, 44, 1)]) state = doubt.accept(state, one);
    expect(doubt.next(state)).toEqual({ kind: "done" });
    expect(doubt.outcome(state).reason).toMatch(/time was up, doubt left: \d+\.\d %$/);
  });
});

describe("cells that do not fit", () => {
  test("a larger batch of what does not fit is not tried", () => {
    const cells = [1, 2, 4].map((batch, index) => ({
      index,
      incumbent: false,
      knobs: { ...gridCells(1)[0]!.knobs, max_concurrency_override: batch },
    }));
    const { outcome, asked } = play(cells, (cell) => (cell === 1 ? {} : { tps: 40 + cell }));
    expect(asked).not.toContain(2);
    expect(outcome.cells[2]).toMatchObject({ status: "unvisited", reason: expect.stringContaining("not tried: ") });
  });

  test("a cell that fitted before and fails is out, its figures still count for the others", () => {
    const { outcome, state } = play(gridCells(2), (cell, nth) => (cell === 0 && nth > 0 ? {} : { tps: 40 }));
    expect(outcome.winner).toBe(1);
    expect(state.visits[0]?.tps).toEqual([40]);
    expect(outcome.cells[0]).toMatchObject({ status: "misfit", reason: "the process ended" });
  });
});

test("same rows, same next step, outcome, belief and what is left, read back from JSON", () => {
  const cells = gridCells(12, 5);
  const tps = cells.map((_, index) => 40 + index);
  simulate(doubt, cells, { ...MACHINE, tps, ttftMs: tps.map(() => 900) }, 3, {
    through(state) {
      const back = JSON.parse(JSON.stringify(state)) as typeof state;
      const told = (of: typeof state) => [doubt.next(of), doubt.outcome(of), doubt.belief?.(of), doubt.left(of)];
      expect(told(back)).toEqual(told(state));
      return back;
    },
  });
});

test("its belief is data that survives, and names what is asked next", () => {
  const { state } = play(gridCells(6), about([40, 40, 40, 60, 60, 60]), 5);
  const belief = beliefSchema.parse(JSON.parse(JSON.stringify(doubt.belief?.(state))));
  const next = doubt.next(state);
  expect(belief.next).toBe(next.kind === "visit" ? next.cellIndex : null);
  expect(belief.axes.map(({ axis }) => axis)).toEqual(["kv_bits", "max_batch"]);
  expect(belief.cells.find(({ cellIndex }) => cellIndex === belief.baseline)).toMatchObject({
    ratio: 0,
    interval: [0, 0],
  });
  expect(doubt.belief?.(doubt.start({ ...SETTINGS, cells: gridCells(2) }))).toBeNull();
});

test("what is left falls to nothing at its end", () => {
  const told: number[] = [];
  const tps = gridCells(12).map((_, index) => 40 + 2 * index);
  const through = (state: ReturnType<typeof doubt.start>) => {
    told.push(doubt.left(state).replicates);
    return state;
  };
  const { requests } = simulate(doubt, gridCells(12), { ...MACHINE, tps, ttftMs: tps.map(() => 900) }, 5, { through });
  expect(told).toHaveLength(requests + 1);
  expect(told.at(-1)).toBe(0);
  expect(Math.min(...told.slice(0, -1))).toBeGreaterThanOrEqual(1);
});
