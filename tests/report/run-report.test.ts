import { afterAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { randomUUID } from "node:crypto";
import { SPEC_VERSION, type RunResult } from "../../worker/core/result/recipe.ts";
import { storedResult } from "../../worker/core/runs/stored-result.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { runReport } from "../../worker/report/run-report.ts";
import { openStore, type Store } from "../../worker/store/store.ts";
import { attributesOf, shapes, textIn, visibleText } from "../support/html.ts";
import {
  figures,
  MACHINE,
  ME,
  newRun,
  newTrial,
  okReplicate,
  progress,
  tempFolder,
  visit,
} from "../support/store/store-fixtures.ts";

const temp = tempFolder("report");
afterAll(temp.remove);

const HOSTILE = `<script>alert("1")</script>'"&<img src=x onerror=alert(2)>`;
const NOW = "2025-03-01T11:00:00.000Z";

function reportOf(store: Store, id: string): string {
  const { readers } = store;
  const run = readers.run(id);
  const trials = readers.trials(id);
  return runReport(
    {
      run,
      result: storedResult(run),
      trials,
      visits: readers.visits(id),
      replicates: trials.flatMap((trial) => readers.replicates(trial.id)),
      timeline: readers.timeline(id),
      notes: readers.notes(id),
      applications: readers.applications(id),
    },
    NOW,
  );
}

function withStore<T>(name: string, body: (store: Store, path: string) => T): T {
  const path = temp.path(name);
  const store = openStore(path, clock());
  try {
    return body(store, path);
  } finally {
    store.close();
  }
}

/** A second passes from each writing to the next. */
function clock(): () => string {
  let now = Date.parse("2025-03-01T10:00:00.000Z");
  return () => new Date((now += 1000)).toISOString();
}

const cell = (kvBits: 4 | 8 | null, batch = 1) => ({
  kv_bits: kvBits,
  max_concurrency_override: batch,
  max_context_override: null,
});

/** Two cells, two visits each; the second one wins with 50 tok/s. */
function twoCells(store: Store, model: string): string {
  const runId = randomUUID();
  const run = store.beginRun(newRun(runId), ME, isSameProcess);
  run.described({
    machine: MACHINE,
    candidates: [`${model}-32B`, model, "org/small"],
    provider: "mlx-lm",
    plannedCells: 2,
  });
  run.phase(progress({ phase: "loading", stage: 1, candidate: `${model}-32B` }));
  const big = run.trialStarted(newTrial(`${model}-32B`));
  const misfit = { class: "load_failed", reason: `too big ${HOSTILE}` } as const;
  run.visitEnded(
    big,
    visit([], { misfit }),
    figures({ fits: false, tps: null, ttftP95Ms: null, decodeTps: null, misfit }),
  );
  run.phase(progress({ phase: "decoding", stage: 2, candidate: model, cell: "kv unset" }));
  const trials = [cell(null), cell(8)].map((knobs, position) =>
    run.trialStarted(newTrial(model, { stage: 2, knobs, position })),
  );
  [40, 50, 38, 49].forEach((tps, at) => {
    const interval: [number, number] = [tps - 2.5, tps + 2.5];
    run.visitEnded(trials[at % 2] ?? 0, visit([okReplicate(tps)]), figures({ tps, ttftP95Ms: 400 + at, interval }));
  });
  run.kept(trials[1] ?? 0);
  run.note("warning", `low power ${HOSTILE}`);
  run.ended({ exitReason: "ok", detail: null, recommendationJson: null, recipeHash: null, thermalDrift: -0.15 });
  return runId;
}

test("the charts show the database's numbers, in bars of the lengths that they say", () => {
  withStore("numbers.sqlite", (store, path) => {
    const id = twoCells(store, "org/model-7B");
    const page = reportOf(store, id);
    const db = new Database(path, { readonly: true });
    const rows = db
      .prepare(
        "SELECT agg_throughput_tps AS tps, ttft_p95_ms AS ttft, interval_low AS low, interval_high AS high FROM tune_trials WHERE run_id = ? AND stage = 2 ORDER BY id",
      )
      .all(id) as { tps: number; ttft: number; low: number; high: number }[];
    db.close();
    const bars = shapes(page, "throughput", 0);
    expect(bars.map((bar) => bar.value)).toEqual(rows.map((row) => row.tps));
    const [first, second] = bars.map((bar) => bar.right - bar.left);
    expect((second ?? 0) / (first ?? 1)).toBeCloseTo(49 / 38, 1);
    const whiskers = shapes(page, "throughput", 1);
    const perToken = (second ?? 0) / 49;
    expect(whiskers.map((line) => (line.right - line.left) / perToken)).toEqual([
      expect.closeTo(5, 0),
      expect.closeTo(5, 0),
    ]);
    expect(shapes(page, "ttft", 0).map((dot) => dot.value)).toEqual(rows.map((row) => row.ttft));
    expect(page).toContain("<title>kv 8 · batch 1: 49.0 tok/s (46.5 to 51.5)</title>");
  });
});

test("drift is told pass by pass, for each cell and for all of them", () => {
  withStore("drift.sqlite", (store) => {
    const page = reportOf(store, twoCells(store, "org/model-7B"));
    const near = (value: number) => expect.closeTo(value, 6);
    expect(shapes(page, "drift", 1).map((dot) => dot.value)).toEqual([0, near(38 / 40 - 1)]);
    expect(shapes(page, "drift", 2).map((dot) => dot.value)).toEqual([0, near(49 / 50 - 1)]);
    expect(shapes(page, "drift", 0).map((dot) => dot.value)).toEqual([0, near(Math.sqrt((38 / 40) * (49 / 50)) - 1)]);
    expect(visibleText(page)).toContain("Over Stage 2 the machine became slower by 15.0 %: thermally unstable");
  });
});

test("each candidate has its verdict, and text that others wrote stays text", () => {
  withStore("hostile.sqlite", (store) => {
    const page = reportOf(store, twoCells(store, `org/${HOSTILE}`));
    expect(page).not.toMatch(/<script/i);
    expect(page).not.toMatch(/<img/i);
    expect(attributesOf(page).filter((name) => name.startsWith("on"))).toEqual([]);
    const text = visibleText(page);
    expect(text).toContain(`too big ${HOSTILE}`);
    expect(text).toContain(`low power ${HOSTILE}`);
    expect(textIn(page, "span", "tag")).toEqual(
      expect.arrayContaining(["infeasible", "chosen", "not probed", "★ won"]),
    );
  });
});

test("a page loads nothing and runs nothing", () => {
  withStore("quiet.sqlite", (store) => {
    const page = reportOf(store, twoCells(store, "org/model-7B"));
    expect(
      attributesOf(page).filter((name) => ["src", "href", "srcset", "action", "xlink:href"].includes(name)),
    ).toEqual([]);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    expect(page).toContain("default-src &#39;none&#39;");
  });
});

test("a simulated run carries a watermark, a real one does not", () => {
  withStore("simulated.sqlite", (store) => {
    const real = twoCells(store, "org/model-7B");
    const run = store.beginRun(newRun("pretend"), ME, isSameProcess);
    run.described({
      machine: { ...MACHINE, simulated: true },
      candidates: [],
      provider: "simulated",
      plannedCells: null,
    });
    run.ended({ exitReason: "no_feasible", detail: "nothing fits", recommendationJson: null, recipeHash: null });
    expect(reportOf(store, "pretend")).toContain('class="watermark"');
    expect(visibleText(reportOf(store, "pretend"))).toContain("nothing fits");
    expect(reportOf(store, real)).not.toContain('class="watermark"');
  });
});

test("a stored result shows recipe, findings and serve command", () => {
  withStore("result.sqlite", (store) => {
    const runId = randomUUID();
    const run = store.beginRun(newRun(runId), ME, isSameProcess);
    const result: RunResult = {
      spec_version: SPEC_VERSION,
      run_id: runId,
      started_at: "2025-03-01T10:00:00.000Z",
      ended_at: "2025-03-01T10:20:00.000Z",
      machine: MACHINE,
      inputs: {
        provider: "mlx-lm",
        target_context: 2000,
        candidate_models: ["org/a-7B", "org/a-1B"],
        method: "race",
        stage1_replicates: 1,
        stage2_replicates: 5,
        gate_ttft_ms: 60000,
        tps_tie_epsilon: 0.1,
        seed: 7,
      },
      recommendation: {
        model: "org/a-7B",
        target_context: 2000,
        knobs: cell(8),
        tps_median: 41.8,
        decode_tps_median: 44,
        ttft_p95_ms: 920,
        replicates: 6,
        uplift: { against: cell(null), ratio: 0.12, interval: [0.08, 0.16], confirmed: true },
        partial: true,
        serve_command: "mlx_lm.server --model org/a-7B && echo '<b>'",
        reason: "12 % faster than the default",
        findings: ["max_batch: no measurable difference"],
        thermally_unstable: false,
        drift: null,
      },
      alternates: ["org/a-1B"],
      infeasible: [],
      recipe_hash: `sha256:${"a".repeat(64)}`,
      exit_reason: "interrupted",
      detail: null,
      db_path: "/somewhere/autotune.sqlite",
    };
    run.ended({
      exitReason: "interrupted",
      detail: null,
      recommendationJson: JSON.stringify(result),
      recipeHash: result.recipe_hash,
    });
    const text = visibleText(reportOf(store, runId));
    for (const part of [
      "41.8 tok/s",
      "partial",
      "kv 8 · batch 1",
      "+12.0 % (95 %: +8.0 % to +16.0 %) against kv unset · batch 1, confirmed",
      "max_batch: no measurable difference",
      "mlx_lm.server --model org/a-7B && echo '<b>'",
      "mlx-autotune run --provider mlx-lm --candidate-models org/a-1B --target-context 2000",
    ])
      expect(text).toContain(part);
  });
});

test("refused, active and lost runs have reports, too", () => {
  withStore("odd.sqlite", (store) => {
    store.recordRejected(
      { runId: "refused", startedAt: NOW, specVersion: "x", inputs: {} },
      "config_error",
      "--port: bad",
    );
    expect(visibleText(reportOf(store, "refused"))).toContain("--port: bad");
    const run = store.beginRun(newRun("going"), ME, isSameProcess);
    run.described({ machine: MACHINE, candidates: ["org/a"], provider: "mlx-lm", plannedCells: 2 });
    run.trialStarted(newTrial("org/a"));
    expect(visibleText(reportOf(store, "going"))).toContain("Still running");
    expect(textIn(reportOf(store, "going"), "span", "tag")).toContain("under way");
    run.ended({ exitReason: "interrupted", detail: null, recommendationJson: null, recipeHash: null });
    expect(textIn(reportOf(store, "going"), "span", "tag")).toEqual(["not reached"]);
  });
});

test("rows of another program make a report from what they have", () => {
  withStore("foreign.sqlite", (store, path) => {
    const db = new Database(path);
    db.exec(`INSERT INTO tune_runs (run_id, applied, recommendation_json) VALUES ('bare', 0, '{"model":"<b>"}'), ('kept', 0, NULL);
      INSERT INTO tune_trials (run_id, stage, model, agg_throughput_tps, ttft_p95_ms, fits, kept, kv_bits)
      VALUES ('kept', 1, 'org/a-7b', 22.5, 810, 1, 1, 8)`);
    db.close();
    expect(visibleText(reportOf(store, "bare"))).toContain('{"model":"<b>"}');
    const kept = reportOf(store, "kept");
    expect(visibleText(kept)).toContain("22.5 tok/s");
    expect(visibleText(kept)).toContain("kv 8 · batch unset");
    expect(shapes(kept, "throughput", 0).map((bar) => bar.value)).toEqual([22.5]);
  });
});
