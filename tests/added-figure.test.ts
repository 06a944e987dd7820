// One more row in the table of figures, and nothing else: the figure is measured, stored, recommended, told, compared and shown.
// The rest of the program is loaded after the row was added, as it would be with the row in the file.
import { afterAll, expect, jest, test } from "@jest/globals";
import Database from "better-sqlite3";
import { randomUUID } from "node:crypto";
import type { Figure } from "../worker/core/measure/figure.ts";
import type { TimedRequest } from "../worker/core/measure/timed-request.ts";
import type { RunContext } from "../worker/context.ts";
import { ONE_REQUEST, RESULT, SWEEP_PLAN, sweepDocument } from "./support/figures/documents.ts";
import { MACHINE, ME, newRun, newTrial, tempFolder, visit } from "./support/store/store-fixtures.ts";

const temp = tempFolder("added-figure");
afterAll(temp.remove);

/** A file that the program wrote before it knew the figure. */
const OLD = temp.path("old.sqlite");
const before = (await import("../worker/core/runs/schema-version.ts")).SCHEMA_VERSION;
const oldStore = (await import("../worker/store/store.ts")).openStore(OLD);
const oldRun = oldStore.beginRun(newRun("0000-old"), ME, () => true);
oldRun.trialStarted(newTrial("org/x"));
oldStore.close();

/** Time of a replicate's last chunk, ms. */
const lastChunk = (requests: readonly TimedRequest[]): number =>
  Math.max(...requests.flatMap(({ chunkTimesMs }) => chunkTimesMs));

const ROW: Figure = {
  unit: "ms",
  short: "Last Chunk",
  long: "Last Chunk p50",
  text: (value) => (value === null ? "–" : `${value.toFixed(3)} ms`),
  digits: () => 2,
  better: "lower",
  spoken: "last_chunk_milliseconds",
  schema: before + 1,
  replicate: { field: "lastChunkMs", column: "chunk_last_ms", nullable: true, of: lastChunk },
  trial: { field: "lastChunkP50Ms", column: "chunk_last_p50_ms", of: ({ values }) => values[0] ?? null },
  recipe: { key: "last_chunk_p50_ms", nullable: true },
  cell: { column: "chunk_last_ms", of: ({ rounds }) => lastChunk(rounds.flat()) },
};

jest.resetModules();
const { FIGURES } = await import("../worker/core/measure/figure-table.ts");
(FIGURES as Record<string, Figure>)["last_chunk_ms"] = ROW;
const { aggregateReplicate } = await import("../worker/core/measure/feasibility.ts");
const { visitFigures } = await import("../worker/core/measure/figures.ts");
const { judgeCell } = await import("../worker/core/measure/sweep.ts");
const { resultJsonSchema, resultSchema } = await import("../worker/core/result/recipe.ts");
const { compareRuns } = await import("../worker/core/compare/compare-runs.ts");
const { comparisonText } = await import("../worker/core/compare/comparison-text.ts");
const { resultText } = await import("../worker/core/runs/result-text.ts");
const { SCHEMA_VERSION } = await import("../worker/core/runs/schema-version.ts");
const { storedResult } = await import("../worker/core/runs/stored-result.ts");
const { storedVisit } = await import("../worker/core/runs/stored-visit.ts");
const { openStore } = await import("../worker/store/store.ts");
const { recommend } = await import("../worker/tune/recommend.ts");
const { heatMap } = await import("../worker/report/heat-map.ts");
const { runReport } = await import("../worker/report/run-report.ts");
const { sweepText } = await import("../worker/cli/sweep/sweep-text.ts");
const { comparisonMarkdown } = await import("../src/lib/runs/run-comparison.ts");
const { runFacts } = await import("../src/lib/runs/run-facts.ts");
const { replicatesTable } = await import("../src/lib/runs/run-tables.ts");
const { candidateFacts, trialFacts } = await import("../src/lib/runs/trial-facts.ts");
const { explainRun } = await import("../src/lib/tools/recipe-tool-explain.ts");

const KNOBS = { kv_bits: null, max_concurrency_override: 1, max_context_override: null };

/** A run whose candidate was measured twice; its last chunks came at `last` ms, and half a ms later. */
function runOnce(path: string, last: number) {
  const store = openStore(path);
  const runId = randomUUID();
  const run = store.beginRun(newRun(runId), ME, () => true);
  run.described({ machine: MACHINE, candidates: ["org/x"], provider: "mlx-lm", plannedCells: 0 });
  const trialId = run.trialStarted(newTrial("org/x", { stage: 2 }));
  const replicates = [last, last + 0.5].map((at) =>
    aggregateReplicate(0, [{ ...ONE_REQUEST, chunkTimesMs: [10, at] }]),
  );
  const measured = visit(replicates);
  const figures = visitFigures([measured]);
  run.visitEnded(trialId, measured, figures, {
    elapsedSeconds: 1,
    wallMs: 1,
    start: null,
    nonceSet: 0,
    promptScale: null,
  });
  const chosen = { candidate: { id: "org/x" }, weights: null, figures, trialId };
  const none = { outcome: null, visits: new Map(), trialIds: new Map() };
  const ctx = {
    journal: run,
    provider: { serveCommand: () => ["serve"] },
    binary: { command: ["serve"] },
    inputs: { targetContext: 2000 },
  };
  const recommendation = recommend(ctx as unknown as RunContext, chosen as never, none, false);
  const document = JSON.stringify({ ...RESULT, run_id: runId, recommendation });
  run.ended({ exitReason: "ok", detail: null, recommendationJson: document, recipeHash: null });
  const { readers } = store;
  const row = readers.run(runId);
  const trials = readers.trials(runId);
  return {
    ...{ store, readers, run: row, result: storedResult(row), trials, replicates: readers.replicates(trialId) },
    ...{ kept: trials[0] ?? null, visits: readers.visits(runId), timeline: [], notes: [], applications: [] },
  };
}

const known = runOnce(temp.path("new.sqlite"), 123.25);
afterAll(() => known.store.close());
const recipe = known.result?.recommendation;
if (!recipe || !known.result || !known.kept) throw new Error("there is no recipe");
const { result, kept } = known;

const titled = (text: string) => expect.objectContaining({ title: "Last Chunk p50", text });

test("it is measured, stored and read back, and a resumed run takes it over", () => {
  expect(known.replicates).toMatchObject([{ chunk_last_ms: 123.25 }, { chunk_last_ms: 123.75 }]);
  expect(kept).toMatchObject({ chunk_last_p50_ms: 123.25 });
  const [row] = known.visits;
  const taken = row && storedVisit(row, known.replicates, KNOBS);
  expect(taken?.visit.replicates).toMatchObject([{ lastChunkMs: 123.25 }, { lastChunkMs: 123.75 }]);
});

test("a file of the version before it gets its columns, and what stood there has no value", () => {
  expect(SCHEMA_VERSION).toBe(before + 1);
  const store = openStore(OLD);
  expect(store.readers.trials("0000-old")).toMatchObject([{ model: "org/x", chunk_last_p50_ms: null }]);
  store.close();
});

test("an exported run carries it", () => {
  const [trial] = known.store.exportRun(known.run.run_id)?.trials ?? [];
  expect(trial?.trial).toMatchObject({ chunk_last_p50_ms: 123.25 });
  expect(trial?.visits[0]?.replicates[0]).toMatchObject({ chunk_last_ms: 123.25 });
});

test("the recipe has it, and one of the version before reads without", () => {
  expect(recipe).toMatchObject({ last_chunk_p50_ms: 123.25 });
  const properties = { recommendation: { anyOf: expect.arrayContaining([hasProperty("last_chunk_p50_ms")]) } };
  expect(resultJsonSchema()).toMatchObject({ properties });
  const old = { ...recipe, last_chunk_p50_ms: undefined };
  const read = resultSchema.parse(JSON.parse(JSON.stringify({ ...RESULT, recommendation: old })));
  expect(read.recommendation).toMatchObject({ tps_median: recipe.tps_median });
  expect(resultText(read)).toMatch(/last chunk p50 +–/);
});

const hasProperty = (name: string) =>
  expect.objectContaining({ properties: expect.objectContaining({ [name]: expect.anything() }) });

test("the terminal and the report name it", () => {
  expect(resultText(result)).toMatch(/^ {2}last chunk p50 +123\.250 ms$/m);
  const page = runReport(known, "2025-03-01T11:00:00.000Z");
  // In the recipe, among the trials' figures and among the requests.
  expect(page.match(/123\.250 ms/g)).toHaveLength(3);
  expect(page).toContain("123.750 ms");
  expect(page).toContain("Last Chunk p50");
});

test("two runs are compared by it, in its own sense", () => {
  const sooner = runOnce(temp.path("sooner.sqlite"), 61.625);
  const found = compareRuns(known, sooner);
  sooner.store.close();
  expect(found).toMatchObject({ last_chunk_ms: { was: 123.25, now: 61.625, change: -0.5, verdict: "better" } });
  expect(comparisonText(found)).toMatch(/^ {2}last chunk p50 +was 123\.250 ms, now 61\.625 ms \(−50\.0 %\): better/m);
  expect(comparisonMarkdown(found).text).toMatch(/\| Last Chunk p50 +\| 123\.250 ms +\| 61\.625 ms/);
  const older = { ...found, last_chunk_ms: undefined };
  expect(comparisonText(older)).not.toContain("last chunk");
});

test("the extension's details and tools have it", () => {
  const summary = { ...known, recipe, application: null, config: null, active: null };
  expect(runFacts(summary, kept, null)).toContainEqual(titled("123.250 ms"));
  expect(trialFacts(kept)).toContainEqual(titled("123.250 ms"));
  const verdict = { rank: 1, model: "org/x", verdict: "chosen" as const, reason: null, trial: kept };
  expect(candidateFacts(verdict, null)).toContainEqual(titled("123.250 ms"));
  expect(replicatesTable(known.replicates).text).toMatch(/Last Chunk .*123\.250 ms.*123\.750 ms/s);
  const answer = explainRun({ ...known, applied: [] }, { holds: null, unknown: "", seen: new Map() });
  expect(answer).toMatchObject({ recipe: { last_chunk_milliseconds: 123.25 } });
});

test("a sweep has it in its cells, on the terminal, in the heat map's table and in the database", () => {
  const cell = judgeCell({ context: 1000, concurrency: 1, rounds: 1 }, [[{ state: "ok", ...ONE_REQUEST }]], 500, 1);
  expect(cell).toMatchObject({ last_chunk_ms: 900.5 });
  const sweep = sweepDocument([cell]);
  expect(sweepText(sweep)).toMatch(/last chunk p50.*900\.500 ms/s);
  expect(heatMap(sweep)).toContain("900.500 ms");
  known.store.sweeps.record({ sweepId: "s1", plan: SWEEP_PLAN, simulated: false }, cell);
  const db = new Database(temp.path("new.sqlite"), { readonly: true });
  expect(db.prepare("SELECT chunk_last_ms FROM sweep_runs").all()).toEqual([{ chunk_last_ms: 900.5 }]);
  db.close();
});
