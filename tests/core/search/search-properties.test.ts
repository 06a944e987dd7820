// What must hold for every method whatever the machine answers.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Cell, SearchMethod, SearchOutcome, VisitResult } from "../../../worker/core/search/search.ts";
import { METHODS } from "../../../worker/core/search/methods.ts";
import { doubt } from "../../../worker/core/search/search-doubt.ts";
import { gridCells } from "../../support/search-simulation.ts";

/** Few cells have the time of so many. */
const FEWEST = 6;
const MISFIT = { class: "died", reason: "the process ended" } as const;
const figure = fc.oneof(
  { weight: 30, arbitrary: fc.double({ min: 0.5, max: 200, noNaN: true }) },
  { weight: 10, arbitrary: fc.constantFrom(40, 41, 60) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, 0, -1, 1e-300, 1e300) },
);
const answer = fc.record({
  tps: fc.array(figure, { minLength: 0, maxLength: 4 }),
  ttftMs: fc.array(figure, { maxLength: 8 }),
  fits: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});
const problem = fc.record({
  count: fc.integer({ min: 0, max: 12 }),
  incumbent: fc.option(fc.integer({ min: 0, max: 11 })),
  answers: fc.array(answer, { minLength: 1, maxLength: 40 }),
  share: fc.constantFrom(0, 0.002, 0.02, 0.2),
  cut: fc.integer({ min: 0, max: 200 }),
});

interface Played {
  outcome: SearchOutcome;
  visits: VisitResult[];
  cells: Cell[];
}

function play<S>(
  method: SearchMethod<S>,
  input: typeof problem extends fc.Arbitrary<infer T> ? T : never,
  through: (state: S) => S,
  cut: number,
): Played {
  const cells = gridCells(input.count, input.incumbent);
  const settings = { cells, replicates: 2, tieEpsilon: 0.1, startSeconds: 30, requestSeconds: 15 };
  const visits: VisitResult[] = [];
  let state = through(method.start(settings));
  for (let step = method.next(state); step.kind === "visit" && visits.length < cut; step = method.next(state)) {
    const { tps, ttftMs, fits } = input.answers[(visits.length * 7 + step.cellIndex) % input.answers.length] ?? {
      tps: [],
      ttftMs: [],
      fits: false,
    };
    const result = {
      cellIndex: step.cellIndex,
      tps,
      ttftMs,
      misfit: fits ? null : MISFIT,
      elapsedShare: input.share * visits.length,
    };
    const left = method.left(state);
    // A visit to a server that runs needs no start.
    expect(left.visits).toBeGreaterThanOrEqual(method.keepsServer ? 0 : 1);
    expect(left.replicates).toBeGreaterThanOrEqual(step.replicates);
    expect(left.visits).toBeLessThanOrEqual(2.5 * Math.max(input.count, FEWEST) + 4);
    visits.push(result);
    state = through(method.accept(state, result));
    expect(visits.length).toBeLessThanOrEqual(10 * Math.max(input.count, FEWEST));
  }
  if (method.next(state).kind === "done") expect(method.left(state)).toEqual({ visits: 0, replicates: 0 });
  return { outcome: method.outcome(state), visits, cells };
}

function check({ outcome, visits, cells }: Played): void {
  const failed = new Set(visits.filter((v) => v.misfit !== null || v.tps.length === 0).map((v) => v.cellIndex));
  const bad = new Set(visits.filter((v) => v.tps.some((x) => !(x > 0 && Number.isFinite(x)))).map((v) => v.cellIndex));
  if (outcome.winner !== null) {
    expect(failed.has(outcome.winner) || bad.has(outcome.winner)).toBe(false);
    expect(visits.some((visit) => visit.cellIndex === outcome.winner)).toBe(true);
  }
  expect(outcome.cells.map((cell) => cell.cellIndex)).toEqual(cells.map((cell) => cell.index));
  expect(outcome.cells.filter((cell) => cell.status === "won").map((cell) => cell.cellIndex)).toEqual(
    outcome.winner === null ? [] : [outcome.winner],
  );
  expect(outcome.reason).not.toBe("");
  const numbers = [
    outcome.drift,
    outcome.uplift?.ratio,
    ...outcome.cells.flatMap((cell) => [cell.tpsMedian, cell.ttftP95Ms]),
  ];
  expect(numbers.some((value) => Number.isNaN(value))).toBe(false);
}

describe.each<SearchMethod>([...METHODS, doubt])("$name", (method) => {
  test("never throws, ends within bounds, and no misfit wins, wherever it is cut", () => {
    fc.assert(
      fc.property(problem, (input) => {
        check(play(method, input, (state) => state, Infinity));
        check(play(method, input, (state) => state, input.cut));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("its state survives JSON, and accepting does not change the state it was given", () => {
    const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
    fc.assert(
      fc.property(problem, (input) => {
        const frozen = play(method, input, deepFreeze, input.cut);
        const plain = play(method, input, throughJson, input.cut);
        expect(plain.outcome).toEqual(frozen.outcome);
        expect(plain.visits).toEqual(frozen.visits);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  test("a result for a cell that was not asked for changes nothing", () => {
    const state = method.start({
      cells: gridCells(2),
      replicates: 2,
      tieEpsilon: 0.1,
      startSeconds: 1,
      requestSeconds: 1,
    });
    expect(method.accept(state, { cellIndex: 7, tps: [1], ttftMs: [1], misfit: null, elapsedShare: 0 })).toBe(state);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
