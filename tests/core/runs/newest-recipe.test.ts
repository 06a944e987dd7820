import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newestRecipe, preferred, recipeOf } from "../../../worker/core/runs/newest-recipe.ts";
import { runRowSchema, type RunRow } from "../../../worker/core/runs/read-model.ts";

const EXPORT = join(import.meta.dirname, "../../fixtures/released/schema-8/export.json");
const { run: written } = JSON.parse(readFileSync(EXPORT, "utf8")) as { run: { recommendation_json: string } };
const DOCUMENT = written.recommendation_json;

/** A row whose columns are NULL but for these. */
function run(run_id: string, more: object = {}): RunRow {
  const empty = Object.fromEntries(Object.keys(runRowSchema.shape).map((key) => [key, null]));
  const own = { run_id, seq: 1, state: "ended", applied: 0, simulated: 0, trials_n: 0, fits_n: 0 };
  return runRowSchema.parse({ ...empty, ...own, recommendation_json: DOCUMENT, ...more });
}

const without = (id: string) => run(id, { recommendation_json: null });
const simulated = (id: string) => run(id, { simulated: 1 });

/** @param rows newest first */
function newest(...rows: RunRow[]): string | null {
  const runs = (limit = -1, simulated?: boolean) => {
    const such = rows.filter((row) => simulated === undefined || (row.simulated === true) === simulated);
    return limit < 0 ? such : such.slice(0, limit);
  };
  return newestRecipe({ runs })?.run.run_id ?? null;
}

test("the newest run that found one, however many found none after it", () => {
  expect(newest()).toBeNull();
  expect(newest(without("a"), without("b"))).toBeNull();
  expect(newest(run("a"), run("b"))).toBe("a");
  expect(newest(...["a", "b", "c", "d", "e"].map(without), run("f"), run("g"))).toBe("f");
});

test("what goes on, and what another program wrote, has none", () => {
  expect(recipeOf(run("a", { state: "active" }))).toBeNull();
  expect(recipeOf(run("a", { recommendation_json: '{"recommendation": 1}' }))).toBeNull();
  expect(recipeOf(run("a", { recommendation_json: "none" }))).toBeNull();
  expect(recipeOf(run("a"))?.recipe.model).toBeTruthy();
});

test("one that measured this machine comes before simulated ones", () => {
  expect(newest(simulated("a"), simulated("b"))).toBe("a");
  expect(newest(simulated("a"), run("b"), run("c"))).toBe("b");
  expect(newest(...["a", "b", "c", "d", "e"].map(simulated), run("f"))).toBe("f");
  expect(preferred([])).toBeNull();
});
