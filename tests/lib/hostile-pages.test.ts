// Every page that is made of what others wrote, once with a plain word and once with names that try to be markup: the markup is the same.
import { expect, test } from "@jest/globals";
import { changeMarkdown, refusalMarkdown } from "../../src/lib/change/change-text.ts";
import type { Change } from "../../src/lib/change/change-document.ts";
import { checkMarkdown } from "../../src/lib/doctor/doctor-text.ts";
import { seenLines } from "../../src/lib/recipe/config-seen.ts";
import type { Applied, Measured } from "../../src/lib/recipe/recipe-reading.ts";
import { appliedMarkdown, notAppliedMarkdown } from "../../src/lib/recipe/recipe-text.ts";
import { comparisonMarkdown } from "../../src/lib/runs/run-comparison.ts";
import { replicatesTable } from "../../src/lib/runs/run-tables.ts";
import { planMarkdown } from "../../src/lib/tune/plan-text.ts";
import { evidenceText } from "../../worker/core/secrets/evidence.ts";
import type { Comparison } from "../../worker/core/result/comparison-schema.ts";
import type { PlanReport } from "../../worker/core/result/plan-report.ts";
import type { ReplicateRow } from "../../worker/core/runs/read-model.ts";
import { HOSTILE, structureOf } from "../support/markdown-tree.ts";

const KNOBS = { kv_bits: null, max_concurrency_override: 1, max_context_override: null };

const plan = (name: string): PlanReport => ({
  machine: { ram_gb: 16, chip: name, os_version: name, binary_version: name, simulated: false },
  ...{
    provider: name,
    asked_provider: "auto",
    target_context: 2000,
    method: "race",
    cache: name,
    warnings: [name, name],
  },
  candidates: [
    {
      ...{ model: name, rank: 1, cached: true, weight_bytes: 1, weight_source: "cache", kv_bytes_at_target: 1 },
      ...{ memory_bytes: 1, needs_bytes: 1, basis: "measured", fits: false },
      measured: { run_id: name, at: name, target_context: 1, tps: null, ttft_p95_ms: null, reason: name, unlike: [] },
    },
  ],
  cells: [{ knobs: KNOBS, incumbent: true }],
  left_out: [{ knobs: KNOBS, reason: name }],
  ...{ expected_starts: 1, estimated_seconds: 1, max_duration_seconds: 1 },
  conflict: {
    ...{ refused: { message: name, remedy: name }, refused_with_drain: null, notes: [name] },
    live: [{ kind: "foreground", name, text: name, drained: name }],
  },
});

const change = (name: string): Change => ({
  ...{ command: "apply", state: "would_change", run_id: name, application_id: 1, provider: "mlx-lm", model: name },
  config: { path: name, from: name, sha256: null, sha256_after: name },
  changes: [{ key: name, before: name, after: name }],
  diff: {
    path: name,
    hunks: [
      { ...{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1 }, lines: [{ kind: "+", text: name, ended: true }] },
    ],
  },
  applied_at: null,
  ...{ notes: [name], plain_notes: [name, name], choices: [], warnings: [name], backup_path: name, remedies: [name] },
  service: { label: name, domain: name },
  ...{ restart: null, restart_after_roll_back: null, roll_back_problem: name },
});

const side = (name: string) => ({
  ...{ run_id: name, started_at: name, exit_reason: name, simulated: false, model: name, knobs: KNOBS },
  ...{ partial: false, recipe_hash: name, replicates: 1 },
});
const differences = (name: string) => [{ what: name, was: name, now: name }];
const figure = { was: 1, now: 1, change: 0, ratio: 1, interval: null, verdict: "unknown" as const };
const comparison = (name: string): Comparison => ({
  ...{ was: side(name), now: side(name), comparable: true, warnings: [name] },
  ...{ knobs: differences(name), conditions: differences(name) },
  ...{ tps: figure, decode_tps: figure, ttft_p95_ms: figure },
});

const measured = (name: string) =>
  ({ recipe: { reason: name, findings: [name, name], partial: true } }) as unknown as Measured;
const applied = (name: string) =>
  ({
    application: {
      ...{ state: "unverified", config_path: name },
      edits_json: [{ key: name, before: name, after: name }],
    },
    steps: [{ at_utc: "2026-03-01T10:00:00Z", step: name, ok: true, detail: name }],
    measured: measured(name),
  }) as unknown as Applied;
const stale = (name: string) => ({
  state: "stale" as const,
  differences: [{ what: "model revision" as const, was: name, now: name, where: name }],
});
const seen = (name: string) => ({
  ...{ state: "differs" as const, why: name },
  differences: [{ key: "kv_bits" as const, applied: name, now: name }],
});
const replicate = (name: string) =>
  ({
    ...{ visit_id: 1, ordinal: 0, state: "failed", reason: name, requests_json: null },
    ...{ tps: null, ttft_ms: null, decode_tps: null },
  }) as unknown as ReplicateRow;
const evidence = (name: string) =>
  evidenceText(
    {
      ...{ version: "1", utc: "now", about: [name] },
      probes: [
        {
          ...{ id: "power", title: "Power", readers: [] },
          findings: [
            { asked: name, said: { outcome: "answered", code: 0, text: name, diagnostics: name }, read: { name } },
          ],
        },
      ],
    },
    (text) => text,
  );

const PAGES: Record<string, (name: string) => string> = {
  plan: (name) => planMarkdown(plan(name), false).text,
  "a plan that drains": (name) => planMarkdown(plan(name), true).text,
  diff: (name) => changeMarkdown(change(name)).text,
  "nothing to do": (name) => changeMarkdown({ command: "revert", state: "unchanged", notes: [name, name] }).text,
  refusal: (name) => refusalMarkdown("apply", name, name, []).text,
  doctor: (name) =>
    checkMarkdown({ id: "node", title: name, state: "ok", text: name, repair: [name, name] }, name).text,
  applied: (name) => appliedMarkdown(applied(name), seen(name), stale(name)).text,
  "not applied": (name) => notAppliedMarkdown(measured(name), stale(name)).text,
  "what the config holds": (name) => seenLines(seen(name), name)[0]?.text ?? "",
  comparison: (name) => comparisonMarkdown(comparison(name)).text,
  replicates: (name) => replicatesTable([replicate(name)]).text,
  evidence,
};

test.each(Object.entries(PAGES))(
  "%s: no name becomes markup, and one of several lines brings no more than lines",
  (_, of) => {
    const plain = structureOf(of("word"));
    expect(plain.length).toBeGreaterThan(2);
    for (const name of [...HOSTILE, "two\n# lines\n\n- and more\n```\n<img src=x>"])
      expect([name, structureOf(of(name))]).toEqual([name, plain]);
  },
);
