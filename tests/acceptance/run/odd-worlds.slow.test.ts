// Worlds that a program easily trips over: a home with blanks and umlauts, a clock that jumps, the same seed twice; and what a
// running tune says of itself while nothing happens.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { activeRow, resultOf, type ActiveRow } from "../../support/worlds/active-run.ts";
import { installFakeProvider } from "../../support/servers/fake-provider.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

test.concurrent("a home with blanks, quotes and other alphabets works, in the background, too", () =>
  inWorld(async (world) => {
    const home = join(world.home, "Jörg’s “Mac” $HOME ∂ 雪");
    mkdirSync(home);
    const provider = installFakeProvider(home, {}, "provider under test");
    plantSnapshot(join(home, ".cache/huggingface/hub"), MODEL, modelFiles());
    const env = { ...provider.env, HOME: home };
    const flags = ["--provider", "macprovider", "--provider-bin", provider.program, "--port", String(world.port)];
    const started = await world.run(["run", ...flags, "--offline", ...shortTune(), "--detach", "--json"], env);
    expect(started.code).toBe(0);
    const { run_id: runId, log_path: logPath } = JSON.parse(started.stdout) as { run_id: string; log_path: string };
    expect(logPath.startsWith(home)).toBe(true);
    expect((await world.run(["status", "--watch"], env)).code).toBe(0);
    const reported = resultOf(await world.run(["run", "--report-only", "--json"], env));
    expect(reported).toMatchObject({ run_id: runId, exit_reason: "ok" });
    expect(reported.db_path).toBe(join(home, ".config/mlx-autotune/autotune.sqlite"));
  }),
);

test.concurrent("jumps of the wall clock change nothing", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { loadMs: 1200 } });
    const clock = join(import.meta.dirname, "../../support/jumping-clock.cjs");
    const run = world.start(world.tuneArgs(["--json", ...shortTune()]), { NODE_OPTIONS: `--require ${clock}` });
    const finished = await run.finished;
    expect([finished.code, resultOf(finished).exit_reason]).toEqual([0, "ok"]);
    const status = await world.run(["status"]);
    expect(status.stdout).toMatch(/^No run is active\. The last one, .* ok\./);
  }),
);

/** Beginnings of the prompts of a run's replicates, in order; how many warm-ups there are depends on their speed. */
async function prompts(world: World, seed: string): Promise<unknown[]> {
  const before = world.provider.noted("request").length;
  const { code, result } = await world.tune(shortTune({ seed, "stage2-replicates": "3" }));
  expect([code, result.inputs.seed]).toEqual([0, Number(seed)]);
  const requests = world.provider.noted("request").slice(before);
  return requests.filter((request) => request["replicate"] !== null).map((request) => request["promptStart"]);
}

test.concurrent(
  "the same seed gives the same prompts, another one others, and within a run none starts like another",
  () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: {} });
      const first = await prompts(world, "7");
      expect(new Set(first).size).toBe(4);
      expect(await prompts(world, "7")).toEqual(first);
      const other = await prompts(world, "8");
      expect(other).toHaveLength(first.length);
      expect(other.filter((prompt) => first.includes(prompt))).toEqual([]);
      expect(world.rows("SELECT DISTINCT seed FROM tune_runs ORDER BY seed")).toEqual([{ seed: 7 }, { seed: 8 }]);
    }),
);

test.concurrent("a silent load is heard of every second; the ETA counts down; a share comes with Stage 2", () =>
  inWorld(async (world) => {
    const heard = join(world.home, "heard");
    plantModels(world, { [MODEL]: { loadUntilFile: heard } });
    const run = world.start(world.tuneArgs(["--json", ...shortTune()]));
    const seen: ActiveRow[] = [];
    let over = false;
    void run.finished.then(() => (over = true));
    await until("the run's end", () => {
      const row = activeRow(world);
      if (row) seen.push(row);
      const loads = seen.filter(({ phase }) => phase === "loading");
      if (new Set(loads.map((one) => one.heartbeat_utc)).size > 2) writeFileSync(heard, "");
      return over;
    });
    expect((await run.finished).code).toBe(0);
    const shares = seen.filter((row) => row.share !== null);
    expect(shares.filter(({ stage, share }) => stage !== 2 || !((share ?? -1) >= 0 && (share ?? 1) < 0.95))).toEqual(
      [],
    );
    expect(shares.length).toBeGreaterThan(0);
    const loading = seen.filter((row) => row.phase === "loading" && row.stage === 1);
    expect(loading.length).toBeGreaterThan(2);
    const etas = loading.map((row) => row.eta_seconds ?? Number.NaN);
    expect(etas).toEqual([...etas].sort((a, b) => b - a));
  }),
);
