// What is said of runs that have ended, and of one that has not begun: runs, show, run --report-only, plan. Contract §3.
import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

interface ShowDocument {
  run: { run_id: string; exit_reason: string };
  result: RunResult;
  trials: { stage: number; model: string }[];
  timeline: { phase: string }[];
}

test.concurrent("a run is listed, shown by any unique beginning of its id, and reported again", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const tuned = await world.run([...world.tuneArgs(shortTune()), "--offline"]);
    const [{ run_id: runId } = { run_id: "" }] = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs");

    const listed = await world.run(["runs"]);
    expect(listed.stdout).toMatch(new RegExp(`^${runId.slice(0, 8)}  \\d{4}-.*  ok  Model-7B · kv unset · batch 1`));
    const { stdout } = await world.run(["runs", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([{ run_id: runId, exit_reason: "ok", trials_n: 2, fits_n: 2 }]);

    const shown = await Promise.all(
      [[], [runId], [runId.slice(0, 8)], [runId.slice(0, 1)]].map((id) => world.run(["show", ...id])),
    );
    expect(new Set(shown.map((one) => one.stdout)).size).toBe(1);
    expect(shown[0]?.stdout).toMatch(
      /RECOMMENDATION\n[^]*✓ stage 1 {2}t\/Model-7B: [^]*★ stage 2 {2}kv unset · batch 1/,
    );
    const json = JSON.parse((await world.run(["show", "--json"])).stdout) as ShowDocument;
    expect(json.run).toMatchObject({ run_id: runId, exit_reason: "ok" });
    expect(json.trials.map((trial) => trial.stage)).toEqual([1, 2]);
    expect(json.timeline.map((one) => one.phase)).toEqual(
      expect.arrayContaining(["pre-warm", "loading", "decoding", "done"]),
    );

    const again = await world.run(["run", "--report-only"]);
    expect(again.code).toBe(0);
    expect(again.stdout.trim().startsWith(tuned.stdout.trim())).toBe(true);
    const document = await world.run(["run", "--report-only", "--json"]);
    expect(JSON.parse(document.stdout)).toEqual(json.result);
    expect(world.provider.noted("start")).toHaveLength(2);
  }),
);

test.concurrent("a run that is not there is said in one short sentence", () =>
  inWorld(async (world) => {
    const unknown = await world.run(["show", "nonsense"]);
    expect([unknown.code, unknown.stdout]).toEqual([1, ""]);
    expect(unknown.stderr).toBe('Error: there is no run "nonsense"\nList the runs with `mlx-autotune runs`.\n');
    const pasted = await world.run(["show", "%_*".repeat(3000)]);
    expect(pasted.code).toBe(1);
    expect(pasted.stderr.length).toBeLessThan(200);
  }),
);

test.concurrent("without any run each command says how to start one", () =>
  inWorld(async (world) => {
    const said = await Promise.all(
      [["status"], ["runs"], ["show"], ["run", "--report-only"], ["cancel"]].map((args) => world.run(args)),
    );
    expect(said.map((one) => one.code)).toEqual([0, 0, 1, 1, 0]);
    for (const one of said.slice(0, 4)) expect(one.stdout + one.stderr).toMatch(/mlx-autotune run/);
    expect(said[4]?.stdout).toBe("No run is active.\n");
    expect(JSON.parse((await world.run(["status", "--json"])).stdout)).toMatchObject({ active: null, latest: null });
    expect(JSON.parse((await world.run(["runs", "--json"])).stdout)).toEqual([]);
  }),
);

test.concurrent("plan equals run --dry-run and starts nothing, not even a database", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const [, ...flags] = world.tuneArgs(shortTune({ "kv-bits-axis": "unset,4" }));
    const plan = await world.run(["plan", ...flags, "--json"]);
    const dryRun = await world.run(["run", "--dry-run", ...flags, "--json"]);
    expect([plan.code, dryRun.code]).toEqual([0, 0]);
    expect(dryRun.stdout).toBe(plan.stdout);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      candidates: [{ model: MODEL, cached: true, weight_bytes: 1000 }],
      cells: [{ knobs: { kv_bits: null } }, { knobs: { kv_bits: 4 } }],
    });
    const readable = await world.run(["plan", ...flags]);
    expect(readable.stdout).toMatch(/^PLAN for [^]*Nothing was started\.\n$/);
    expect(world.provider.noted()).toEqual([]);
    expect(existsSync(world.dbPath)).toBe(false);
  }),
);
