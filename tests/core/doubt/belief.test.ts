// The parts of a belief by hand-computed numbers: normal shares, hypotheses, a fit of two rows, the decision.
import { describe, expect, test } from "@jest/globals";
import { bestRequest, standingOf } from "../../../worker/core/doubt/decide.ts";
import { unfitted, whiten, withLastRow, type Row } from "../../../worker/core/doubt/fit.ts";
import { hypothesesOf, type Hypothesis } from "../../../worker/core/doubt/hypotheses.ts";
import { believed, taught, untaught } from "../../../worker/core/doubt/learned.ts";
import { chanceAbove, normalBelow } from "../../../worker/core/doubt/normal.ts";
import {
  chanceFaster,
  chanceMatters,
  contrastOf,
  difference,
  type Posterior,
} from "../../../worker/core/doubt/posterior.ts";

test("the normal distribution's share is that of the tables", () => {
  expect(normalBelow(0)).toBeCloseTo(0.5, 7);
  expect(normalBelow(1.96)).toBeCloseTo(0.9750021, 6);
  expect(normalBelow(-1.645)).toBeCloseTo(0.0499849, 6);
  expect([normalBelow(Infinity), normalBelow(-Infinity)]).toEqual([1, 0]);
  expect([chanceAbove(2, 0, 1), chanceAbove(1, 0, 1)]).toEqual([1, 0]);
});

describe("hypotheses of 2 × 2 cells", () => {
  const levels = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const all = hypothesesOf(levels);

  test("are (4 subsets + 2 unrelated) × 2 drifts × 6 noises, with priors that sum up to 1", () => {
    expect(all).toHaveLength(72);
    expect(all.reduce((sum, one) => sum + Math.exp(one.logPrior), 0)).toBeCloseTo(1, 10);
    const unrelated = all.filter(({ axes }) => axes === null);
    expect(unrelated.reduce((sum, one) => sum + Math.exp(one.logPrior), 0)).toBeCloseTo(0.6, 10);
  });

  test("say what two cells have in common", () => {
    const both = all.find(({ axes }) => axes?.every(Boolean));
    // Itself: two axes .15² each, their pair .05², the cell .02².
    expect(both?.kernel[0]?.[0]).toBeCloseTo(2 * 0.0225 + 0.0025 + 0.0004, 12);
    expect(both?.kernel[0]?.[1]).toBeCloseTo(0.0225, 12);
    expect(both?.kernel[0]?.[3]).toBe(0);
    const first = all.find(({ axes }) => axes?.[0] === true && !axes[1]);
    // Agrees on the axis that matters, or on the other one (.01²).
    expect(first?.kernel[0]?.[1]).toBeCloseTo(0.0225, 12);
    expect(first?.kernel[0]?.[2]).toBeCloseTo(0.0001, 12);
    const wide = all.findLast(({ axes }) => axes === null);
    expect(wide?.kernel[0]?.[0]).toBeCloseTo(0.16 + 2 * 0.0009, 12);
    expect(wide?.kernel[0]?.[1]).toBeCloseTo(0.0009, 12);
  });
});

describe("a fit", () => {
  const one: Hypothesis = {
    kernel: [Float64Array.of(0.04, 0.01), Float64Array.of(0.01, 0.04)],
    ...{ axes: [true], driftPerSecond: 0.0001, noise: 0.0025, logPrior: 0 },
  };
  const rows: Row[] = [
    { cell: 0, start: 0, at: 0, value: 0 },
    { cell: 1, start: 1, at: 100, value: 0.3 },
  ];

  test("factors the covariance of its rows and weighs them", () => {
    const fit = rows.reduce((so, _, place) => withLastRow(so, one, rows.slice(0, place + 1)), unfitted(one));
    // Variances 1 + .04 + .015² + .0025 (+ drift .0001 · 100), covariance 1 + .01.
    const [v0, v1, c] = [1.042725, 1.052725, 1.01];
    const l00 = Math.sqrt(v0);
    const l10 = c / l00;
    const l11 = Math.sqrt(v1 - l10 ** 2);
    expect(fit.factor[0]?.[0]).toBeCloseTo(l00, 12);
    expect(fit.factor[1]?.[0]).toBeCloseTo(l10, 12);
    expect(fit.factor[1]?.[1]).toBeCloseTo(l11, 12);
    expect(fit.whitened[1]).toBeCloseTo(0.3 / l11, 12);
    expect(fit.logWeight).toBeCloseTo(-Math.log(l00 * l11) - (0.3 / l11) ** 2 / 2, 12);
    expect([...whiten(fit, [v0, c])]).toEqual([expect.closeTo(l00, 12), expect.closeTo(0, 12)]);
  });

  test("of one server's requests has the start in common", () => {
    const same = rows.map((row) => ({ ...row, start: 0 }));
    const [apart, together] = [rows, same].map((list) =>
      list.reduce((so, _, place) => withLastRow(so, one, list.slice(0, place + 1)), unfitted(one)),
    );
    expect((together?.factor[1]?.[0] ?? 0) - (apart?.factor[1]?.[0] ?? 0)).toBeCloseTo(
      0.015 ** 2 / Math.sqrt(1.042725),
      12,
    );
  });
});

describe("what rows teach", () => {
  const levels = [[0], [1], [2]];
  const rowAt = (cell: number, place: number, value: number): Row => ({ cell, start: place, at: 50 * place, value });
  const rows = [0, 1, 0, 1, 0, 1].map((cell, place) => rowAt(cell, place, cell === 0 ? 0.002 * place : 0.4));

  test("is the same row by row and at once", () => {
    const atOnce = taught(untaught(levels), rows);
    const slowly = rows.reduce((so, _, place) => taught(so, rows.slice(0, place + 1)), untaught(levels));
    expect(slowly).toEqual(atOnce);
  });

  test("is a difference close to what was measured, and doubt about what was not", () => {
    const learned = taught(untaught(levels), rows);
    const belief = believed(learned, 250);
    const gain = difference(belief, 1, 0);
    expect(gain.value).toBeGreaterThan(0.35);
    expect(gain.value).toBeLessThan(0.41);
    expect(gain.sd).toBeLessThan(difference(belief, 2, 0).sd / 3);
    expect(chanceFaster(belief, 1, 0, 0.05)).toBeGreaterThan(0.999);
    expect(chanceFaster(belief, 1, 0, 0.05) + chanceFaster(belief, 0, 1, -0.05)).toBeCloseTo(1, 6);
    expect(chanceMatters(belief, learned.hypotheses, 0)).toBeLessThanOrEqual(1);
    const { value, sd } = contrastOf(belief, [
      [1, 1],
      [0, -1],
    ]);
    expect(value).toBeCloseTo(gain.value, 12);
    expect(sd).toBeCloseTo(gain.sd, 12);
  });

  test("of a machine that slows down is drift, not difference", () => {
    const slower = [0, 1, 2, 2, 1, 0].map((cell, place) => ({ ...rowAt(cell, place, -0.03 * place), start: place }));
    const belief = believed(taught(untaught(levels), slower), 250);
    expect(belief.drift).toBeLessThan(-0.08);
    expect(Math.abs(difference(belief, 2, 0).value)).toBeLessThan(0.02);
  });
});

describe("the decision", () => {
  /** A belief of independent cells. */
  const beliefOf = (mean: number[], sd: number[]): Posterior => {
    const covariance = mean.map((_, a) => Float64Array.from(mean, (_, b) => (a === b ? (sd[a] ?? 0) ** 2 : 0)));
    const hypothesis: Hypothesis = { kernel: [], axes: null, driftPerSecond: 0, noise: 0.0025, logPrior: 0 };
    const part = { weight: 1, hypothesis, mean: Float64Array.from(mean), covariance };
    return { mean: part.mean, covariance, noise: 0.0025, drift: 0, parts: [part], weights: [1] };
  };

  test("doubts the cell that may be more than 5 % faster than the leader", () => {
    const standing = standingOf(beliefOf([0, 0.1, 0.05], [0.01, 0.01, 0.1]), { fits: [0, 1, 2], baseline: 0 });
    expect(standing).toMatchObject({ leader: 1, rival: 2, pair: [1, 2] });
    // (.05 − .1 − ln(1/.95)) / √(.1² + .01²)
    expect(standing?.doubt).toBeCloseTo(normalBelow((-0.05 - Math.log(1 / 0.95)) / Math.sqrt(0.0101)), 12);
  });

  test("wants a leader proven against the baseline", () => {
    const unsure = standingOf(beliefOf([0, 0.05], [0.02, 0.02]), { fits: [0, 1], baseline: 0 });
    expect(unsure).toMatchObject({ leader: 1, proven: false, pair: [1, 0] });
    expect(unsure?.proof).toBeCloseTo(normalBelow(0.035 / Math.sqrt(0.0008)), 12);
    const sure = standingOf(beliefOf([0, 0.3], [0.02, 0.02]), { fits: [0, 1], baseline: 0 });
    expect(sure).toMatchObject({ leader: 1, proven: true, pair: null });
    const small = standingOf(beliefOf([0, 0.01], [0.01, 0.01]), { fits: [0, 1], baseline: 0 });
    expect(small).toMatchObject({ leader: 1, proven: false, pair: null });
  });

  test("is over without a rival; a leader that is the baseline, or has none, needs no proof", () => {
    expect(standingOf(beliefOf([0], [1]), { fits: [0], baseline: 0 })).toMatchObject({
      proven: true,
      pair: null,
      rival: null,
    });
    expect(standingOf(beliefOf([0, 1], [0, 0]), { fits: [0, 1], baseline: null })).toMatchObject({
      proven: true,
      proof: null,
    });
    expect(standingOf(beliefOf([0], [1]), { fits: [], baseline: null })).toBeNull();
  });

  test("asks where a second buys most: a running server until another cell is worth its start", () => {
    const belief = beliefOf([0, 0], [0.05, 0.1]);
    const prices = { startSeconds: 37.5, requestSeconds: 15, isRunning: (cell: number) => cell === 0 };
    // Cell 0: .0025² / .005 / 15 = 8.33e-5; cell 1: .01² / .012725 / 52.5 = 1.497e-4.
    expect(bestRequest(belief, [0, 1], [0, 1], prices)).toBe(1);
    // A start of 300 s: 2.49e-5.
    expect(bestRequest(belief, [0, 1], [0, 1], { ...prices, startSeconds: 300 })).toBe(0);
  });
});
