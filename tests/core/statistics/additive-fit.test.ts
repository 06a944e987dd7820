import { expect, test } from "@jest/globals";
import { columnEffect, contrast, fitAdditive } from "../../../worker/core/statistics/additive-fit.ts";
import { normal, seeded } from "../../support/search-simulation.ts";

test("exact sums are taken apart exactly, also with gaps in the table", () => {
  const cell = [10, 12, 9];
  const pass = [0, -2, 1];
  const fit = fitAdditive(
    [0, 1, 2].flatMap((row) =>
      [0, 1, 2]
        .filter((column) => !(row === 2 && column === 1))
        .map((column) => ({ row, column, value: (cell[row] ?? 0) + (pass[column] ?? 0) })),
    ),
  );
  expect(contrast(fit, [[1, 1], [0, -1]]).value).toBeCloseTo(2, 9); // prettier-ignore
  expect(contrast(fit, [[2, 1], [0, -1]]).value).toBeCloseTo(-1, 9); // prettier-ignore
  expect([0, 1, 2].map((column) => Number(columnEffect(fit, column).toFixed(9)))).toEqual([0, -2, 1]);
  expect(fit.df).toBe(8 - 5);
  expect(fit.sigma).toBeCloseTo(0, 9);
});

test("the standard error of a difference of two cells is sigma·√(1/n + 1/n)", () => {
  const values = [
    [1, 3],
    [2, 4],
  ];
  const fit = fitAdditive(values.flatMap((list, row) => list.map((value) => ({ row, column: 0, value }))));
  // Means 2 and 3; squared residuals 1+1+1+1 over 2 degrees of freedom: sigma √2, standard error √2·√(1/2 + 1/2).
  expect(fit.df).toBe(2);
  expect(fit.sigma).toBeCloseTo(Math.SQRT2, 9);
  const difference = contrast(fit, [[1, 1], [0, -1]]); // prettier-ignore
  expect(difference.value).toBeCloseTo(1, 9);
  expect(difference.se).toBeCloseTo(Math.SQRT2, 9);
});

test("one stalled replicate hardly moves a cell", () => {
  const noise = normal(seeded(3));
  const clean = Array.from({ length: 48 }, (_, i) => ({
    row: i % 4,
    column: Math.floor(i / 16),
    value: 0.05 * noise(),
  }));
  const stalled = clean.map((one, i) => (i === 5 ? { ...one, value: -3 } : one));
  const moved = contrast(fitAdditive(stalled), [[1, 1]]).value - contrast(fitAdditive(clean), [[1, 1]]).value;
  expect(Math.abs(moved)).toBeLessThan(0.03); // least squares moves it by 3 / 12
  expect(fitAdditive(stalled).sigma).toBeLessThan(0.075); // least squares: 0.45
});

test("sigma is recovered from clean noise", () => {
  const noise = normal(seeded(7));
  const many = Array.from({ length: 3000 }, (_, i) => ({ row: i % 5, column: i % 3, value: 0.1 * noise() }));
  expect(Math.abs(fitAdditive(many).sigma - 0.1)).toBeLessThan(0.005);
});

test("nothing, one value and cells without a common pass are legal", () => {
  expect(fitAdditive([])).toMatchObject({ effects: [], df: 0, sigma: 0 });
  expect(fitAdditive([{ row: 4, column: 2, value: 7 }])).toMatchObject({ rows: [4], effects: [7], df: 0 });
  const apart = fitAdditive([
    { row: 0, column: 0, value: 1 },
    { row: 1, column: 1, value: 5 },
  ]);
  expect(apart.effects).toEqual([1, 5, 0]);
  expect(contrast(apart, [[9, 1]])).toEqual({ value: 0, se: 0 });
});
