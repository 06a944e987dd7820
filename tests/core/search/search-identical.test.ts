// Acceptance 20: with identical cells the incumbent or default stays in at least 95 % of races, with noise on throughput and TTFT.
import { describe, expect, test } from "@jest/globals";
import { race } from "../../../worker/core/search/search-race.ts";
import { gridCells, simulate } from "../../support/search-simulation.ts";

const RACES = 250;

function share(count: number, cv: number, incumbent: number | null, startCv = 0, maxSteps = 1000): number {
  const same = (value: number) => new Array<number>(count).fill(value);
  const machine = {
    tps: same(40),
    ttftMs: same(900),
    cv,
    startCv,
    drift: 0,
    driftSeconds: 1,
    startSeconds: 30,
    requestSeconds: 15,
  };
  const winners = Array.from({ length: RACES }, (_, seed) => {
    return simulate(race, gridCells(count, incumbent), machine, seed + 1, { maxSteps }).outcome.winner;
  });
  return winners.filter((winner) => winner === (incumbent ?? 0)).length / RACES;
}

describe.each([[6], [12]])("%p identical cells", (count) => {
  test.each([[0.05], [0.1], [0.2]])("at CV %p the default stays", (cv) => {
    expect(share(count, cv, null)).toBeGreaterThanOrEqual(0.95);
  });

  test.each([[0.05], [0.1], [0.2]])("at CV %p the incumbent stays", (cv) => {
    expect(share(count, cv, count - 2)).toBeGreaterThanOrEqual(0.95);
  });
});

test("also when each start has a luck of its own", () => {
  expect(share(6, 0.1, null, 0.05)).toBeGreaterThanOrEqual(0.95);
});

test.each([[2], [6], [9], [14]])("also when the race is cut after %p visits", (visits) => {
  expect(share(6, 0.1, null, 0, visits)).toBeGreaterThanOrEqual(0.95);
});
