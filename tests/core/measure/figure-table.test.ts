// What the table of figures must keep true, row by row. Contract §8 to §11.
import { expect, test } from "@jest/globals";
import type { Figure } from "../../../worker/core/measure/figure.ts";
import { inText, spokenValue } from "../../../worker/core/measure/figure.ts";
import { figuresOf, replicateColumns, trialColumns } from "../../../worker/core/measure/figure-lists.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { recipeShape } from "../../../worker/core/result/figure-shapes.ts";

const rows: [key: string, row: Figure][] = Object.entries(FIGURES);

test("no two figures share a name", () => {
  const names = [
    rows.map(([, row]) => row.spoken),
    rows.map(([, row]) => row.long),
    trialColumns(),
    replicateColumns(),
    figuresOf("trial").map(({ trial }) => trial.field),
    figuresOf("replicate").map(({ replicate }) => replicate.field),
    figuresOf("cell").map(({ cell }) => cell.column),
    Object.keys(recipeShape()),
  ];
  for (const list of names) expect([...new Set(list)]).toEqual(list);
});

test.each(rows)("%s: a recipe takes it from its trial, and older documents may lack what came later", (_, row) => {
  if (row.recipe !== null) expect(row.trial).not.toBeNull();
  if (row.schema !== undefined) expect([row.recipe?.nullable, row.replicate?.nullable]).not.toContain(false);
});

test.each(rows)("%s: its text has its unit, and a dash for nothing", (_, { text, unit }) => {
  expect([text(12.34), text(null)]).toEqual([expect.stringMatching(new RegExp(`^\\S+ ${unit}$`)), "–"]);
});

test.each([
  [FIGURES.tps, 486.00426446210855, 486],
  [FIGURES.tps, 41.8349, 41.8],
  [FIGURES.decode_tps, 9.8765, 9.88],
  [FIGURES.ttft_p95_ms, 1812.4999, 1812],
  [FIGURES.ttft_p95_ms, null, null],
])("$spoken: tools give %d as %d", (figure, value, spoken) => {
  expect(spokenValue(figure, value)).toBe(spoken);
});

test("what was released keeps its names and its order", () => {
  const among = (names: string[], released: string[]) => names.filter((name) => released.includes(name));
  const trial = ["agg_throughput_tps", "interval_low", "interval_high", "decode_tps", "ttft_p95_ms"];
  expect(among(trialColumns(), trial)).toEqual(trial);
  expect(replicateColumns().slice(0, 3)).toEqual(["tps", "ttft_ms", "decode_tps"]);
  const recipe = ["tps_median", "decode_tps_median", "ttft_p95_ms"];
  expect(among(Object.keys(recipeShape()), recipe)).toEqual(recipe);
});

test("labels within a sentence lose their capitals, abbreviations keep theirs", () => {
  const labels = ["Throughput", "TTFT p95", "Inter-Token Latency p95", "Peak Memory"];
  expect(labels.map(inText)).toEqual(["throughput", "TTFT p95", "inter-token latency p95", "peak memory"]);
});
