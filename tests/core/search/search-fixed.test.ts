import { expect, test } from "@jest/globals";
import type { VisitResult } from "../../../worker/core/search/search.ts";
import { fixed, type FixedState } from "../../../worker/core/search/search-fixed.ts";
import { gridCells } from "../../support/search-simulation.ts";

type Figures = Partial<VisitResult>;

function search(results: Figures[], replicates = 1, tieEpsilon = 0.02): FixedState {
  const cells = gridCells(results.length);
  return results.reduce<FixedState>(
    (state, result, cellIndex) =>
      fixed.accept(state, { cellIndex, tps: [], ttftMs: [], misfit: null, elapsedShare: 0, ...result }),
    fixed.start({ cells, replicates, tieEpsilon, startSeconds: 1, requestSeconds: 1 }),
  );
}
const winner = (...results: Figures[]) => fixed.outcome(search(results)).winner;

test("the median of 2.0, 2.1 and 2.05 is the cell's figure, and p95 of three TTFTs is the highest", () => {
  const cell = fixed.outcome(search([{ tps: [2.0, 2.1, 2.05], ttftMs: [900, 1200, 1000] }], 3)).cells[0];
  expect(cell).toMatchObject({ tpsMedian: 2.05, ttftP95Ms: 1200, replicates: 3, status: "won" });
});

test("one failing replicate and the cell does not fit", () => {
  const misfit = { class: "ttft_gate", reason: "> 60000 ms" } as const;
  const outcome = fixed.outcome(search([{ tps: [2.0, 2.1], ttftMs: [900, 900], misfit }], 3));
  expect(outcome).toMatchObject({ winner: null, reason: "no cell fits" });
  expect(outcome.cells[0]).toMatchObject({ status: "misfit", reason: "> 60000 ms", tpsMedian: null });
  expect(fixed.outcome(search([{ tps: [2.0, 2.1], ttftMs: [900, 900] }], 3)).winner).toBeNull();
});

test("within epsilon the lower TTFT wins, else the earlier stays", () => {
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [10.05], ttftMs: [3000] })).toBe(1);
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [10.05], ttftMs: [4500] })).toBe(0);
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [9.85], ttftMs: [3000] })).toBe(1);
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [10.0], ttftMs: [4000] })).toBe(0);
});

test("beyond epsilon throughput alone decides", () => {
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [10.3], ttftMs: [9000] })).toBe(1);
  expect(winner({ tps: [10.0], ttftMs: [4000] }, { tps: [9.7], ttftMs: [10] })).toBe(0);
});

test.each([[NaN], [Infinity], [0], [-1]])("a throughput of %p never wins", (tps) => {
  expect(winner({ tps: [tps], ttftMs: [1] }, { tps: [0.1], ttftMs: [5000] })).toBe(1);
  expect(winner({ tps: [], ttftMs: [1] }, { tps: [0.1], ttftMs: [5000] })).toBe(1);
});

test("every cell is visited once, in order, with the same prompts", () => {
  let state = fixed.start({ cells: gridCells(4), replicates: 3, tieEpsilon: 0.1, startSeconds: 1, requestSeconds: 1 });
  for (let cellIndex = 0; cellIndex < 4; cellIndex++) {
    expect(fixed.next(state)).toEqual({ kind: "visit", cellIndex, replicates: 3, nonceSet: 0, purpose: "pass" });
    state = fixed.accept(state, { cellIndex, tps: [5, 5, 5], ttftMs: [9, 9, 9], misfit: null, elapsedShare: 0.1 });
  }
  expect(fixed.next(state)).toEqual({ kind: "done" });
});

test("a search that is cut short chooses among what it saw, and says against what", () => {
  const begun = fixed.start({
    cells: gridCells(3),
    replicates: 2,
    tieEpsilon: 0.1,
    startSeconds: 1,
    requestSeconds: 1,
  });
  expect(fixed.outcome(begun)).toMatchObject({ winner: null, uplift: null, drift: null });
  const slow = fixed.accept(begun, { cellIndex: 0, tps: [10, 10], ttftMs: [9, 9], misfit: null, elapsedShare: 0.5 });
  const cut = fixed.accept(slow, { cellIndex: 1, tps: [12, 12], ttftMs: [9, 9], misfit: null, elapsedShare: 1 });
  expect(fixed.next(cut)).toEqual({ kind: "done" });
  const outcome = fixed.outcome(cut);
  expect(outcome.cells.map((cell) => cell.status)).toEqual(["survived", "won", "unvisited"]);
  expect(outcome.uplift).toMatchObject({ against: 0, confirmed: false });
  expect(outcome.uplift?.ratio).toBeCloseTo(0.2, 9);
});
