// Contract §15, resume: a run that was cut short goes on where it was, under its own inputs, and ends with the same recipe.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "@jest/globals";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { activeRow, atReplicate } from "../../support/worlds/active-run.ts";
import { kill, same, starts, visits } from "../../support/worlds/cut-short.ts";
import type { Behaviour, Scenario } from "../../support/servers/fake-provider.ts";
import { slowness } from "../../support/worlds/live-world.ts";
import { modelFiles, plantSnapshot } from "../../support/servers/model-files.ts";
import { until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const [BIG, SMALL] = ["t/Big-9B", "t/Small-1B"];
/** Tests of many starts share two cores with whatever else runs. */
const LONG_MS = 120_000;

type Models = NonNullable<Scenario["models"]>;

/**
 * Start a tune and kill worker and guard while a replicate of its n-th visit is under way, n ≥ 2.
 * @returns id of the dead run
 */
async function dieInVisit(world: World, args: string[], nth: number, models: Models): Promise<string> {
  const before = starts(world);
  const worker = world.start(world.tuneArgs(args));
  await until(`visit ${nth - 1}`, () => starts(world) === before + nth - 1);
  world.provider.setScenario({ defaults: { answer: "silence", answerFor: "replicates" } });
  await atReplicate(world, before + nth);
  const runId = await kill(world, worker);
  world.provider.setScenario({ models });
  return runId;
}

function write(world: World, sql: string, ...values: unknown[]): void {
  const db = new Database(world.dbPath);
  db.prepare(sql).run(...values);
  db.close();
}

/**
 * 4 bits are 2.5 times as fast as none, which pass 1 shows whatever the machine does beside; 8 bits are 18 % behind in figures so
 * scattered that they need a second pass, on all but the busiest machines. A dear load makes four replicates of every visit.
 */
const RACING = {
  loadMs: 250,
  tps: [50, 70, 50, 70],
  knobs: [
    { when: { kv_bits: 4 as const }, tps: [125, 175, 125, 175] },
    { when: { kv_bits: 8 as const }, tps: [102, 143, 102, 143] },
  ],
};

test.concurrent(
  "killed in the second pass of a race: it goes on with the same cell and prompts to the same recipe",
  () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: RACING });
      const args = shortTune({ method: "race", "kv-bits-axis": "unset,4,8" });
      const whole = await world.tune(args);
      const uninterrupted = visits(world);
      // Stage 1, three cells in pass 1, then two in pass 2.
      const dead = await dieInVisit(world, args, 6, { [MODEL]: RACING });
      const died = visits(world, uninterrupted.length);
      const from = starts(world);
      const { code, result } = await world.tune(["--resume", dead.slice(0, 8)]);
      expect(code).toBe(0);
      same(result, whole.result);
      expect(result.recommendation).toMatchObject({ knobs: { kv_bits: 4 }, uplift: { confirmed: true } });
      const resumed = [...died.slice(0, 5), ...visits(world, from)];
      expect(died[5]?.prompts).toHaveLength(1);
      expect(resumed[5]).toMatchObject({
        kvBits: died[5]?.kvBits,
        prompts: expect.arrayContaining(died[5]?.prompts ?? []),
      });
      for (const made of [uninterrupted, resumed])
        expect(made.slice(-4).map((one) => one.kvBits)).toEqual([null, 4, 4, null]);
      // Nothing that was finished is asked again.
      const asked = resumed
        .slice(1)
        .flatMap((one) => one.prompts.map((prompt) => `${String(one.kvBits)} ${String(prompt)}`));
      expect(new Set(asked).size).toBe(asked.length);
      expectCarriedOver(world, result, dead);
    }),
  LONG_MS,
);

/** Verdict and four visits of Stage 2 are told as carried over, and count: figures are over the replicates of both runs. */
function expectCarriedOver(world: World, result: RunResult, dead: string): void {
  expect(result).toMatchObject({ resumed_from: dead, taken_over: { candidates: [MODEL] } });
  const cells = result.taken_over?.cells ?? [];
  expect(cells.reduce((sum, cell) => sum + cell.visits, 0)).toBe(4);
  expect(cells.map((cell) => cell.knobs.kv_bits)).toEqual([null, 4, 8]);
  const marked =
    "SELECT count(taken_over_from) AS taken, max(taken_over_from) AS source FROM v_visits WHERE run_id = ?";
  expect(world.rows(marked, result.run_id)).toEqual([{ taken: 5, source: dead }]);
  const replicates =
    "SELECT count(*) AS n FROM v_replicates r JOIN v_trials t ON t.id = r.trial_id WHERE t.run_id = ? AND t.kept = 1";
  expect(world.rows(replicates, result.run_id)).toEqual([{ n: result.recommendation?.replicates }]);
}

test.concurrent(
  "killed twice in a fixed run: finished cells are never started again; progress counts them as done",
  () =>
    inWorld(async (world) => {
      const models = { [MODEL]: { tps: 100, knobs: [{ when: { kv_bits: 4 as const }, tps: 300 }] } };
      plantModels(world, models);
      const args = shortTune({ "kv-bits-axis": "unset,4,8", "stage2-replicates": "2" });
      const whole = await world.tune(args);
      const first = await dieInVisit(world, args, 3, models);
      const second = await dieInVisit(world, ["--resume"], 2, models);
      const before = starts(world);
      const worker = world.start(world.tuneArgs(["--resume", "--offline"]));
      const share = await until("progress", () => activeRow(world)?.stage === 2 && activeRow(world)?.share);
      const { code, stdout } = await worker.finished;
      expect(code).toBe(0);
      expect(share).toBeGreaterThan(0.4);
      expect(visits(world, before).map(({ kvBits }) => kvBits)).toEqual([8]);
      const [row] = world.rows<{ run_id: string; resumed_from: string; recipe_hash: string }>(
        "SELECT run_id, resumed_from, recipe_hash FROM v_runs ORDER BY seq DESC",
      );
      expect(row).toMatchObject({ resumed_from: second, recipe_hash: whole.result.recipe_hash });
      expect(
        world.rows(
          "SELECT kv_bits, taken_over_from FROM v_trials WHERE run_id = ? AND stage = 2 ORDER BY id",
          row?.run_id,
        ),
      ).toEqual([
        { kv_bits: null, taken_over_from: first },
        { kv_bits: 4, taken_over_from: second },
        { kv_bits: 8, taken_over_from: null },
      ]);
      expect(stdout).toContain(
        `Carried over from run ${second.slice(0, 8)}, not measured again:\n  whether Model-7B fits\n  kv unset · batch 1 · context 256: all of it\n  kv 4 · batch 1 · context 256: all of it\n`,
      );
      expect(stdout).not.toContain("kv 8 · batch 1 · context 256: all");
      const shown = (await world.run(["show"])).stdout;
      expect(shown).toContain(`stage 2  kv unset · batch 1 · context 256: `);
      expect(shown.match(/\(carried over from run (\w{8})\)/g)).toEqual([
        `(carried over from run ${first.slice(0, 8)})`,
        `(carried over from run ${first.slice(0, 8)})`,
        `(carried over from run ${second.slice(0, 8)})`,
      ]);
      const report = readFileSync((await world.run(["report"])).stdout.trim(), "utf8");
      expect(report.match(/>carried over from run \w{8}</g)).toHaveLength(3);
      expect(report).toContain(second);
      const named = await world.tune(["--resume", row?.run_id ?? ""]);
      expect(named.result.detail).toMatch(/^run \w{8} ended ok; nothing of it is left to measure\n/);
      const again = await world.tune(["--resume"]);
      expect([again.code, again.result.detail]).toEqual([
        2,
        expect.stringMatching(/^there is nothing to resume: no run/),
      ]);
    }),
  LONG_MS,
);

test.concurrent("whatever has changed refuses it, with was and now, and nothing is started", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const refused = async (args: string[], text: RegExp) => {
      const { code, result } = await world.tune(args);
      expect(result.detail).toMatch(text);
      expect([code, result.exit_reason, result.recommendation]).toEqual([2, "config_error", null]);
    };
    await refused(["--resume", "abcd"], /--resume: there is no run "abcd"/);
    const args = shortTune({ "kv-bits-axis": "unset,8" });
    const dead = await dieInVisit(world, args, 3, { [MODEL]: {} });
    const id = dead.slice(0, 8);
    const before = starts(world);
    await refused(
      ["--resume", "--target-context", "512", "--seed", "9", "--kv-bits-axis", "unset,4"],
      new RegExp(
        `^run ${id} cannot be .*\\n--target-context: 512 here, 256 in run ${id}\\n--kv-bits-axis: unset,4 here, unset,8 in run ${id}\\n--seed: 9 here, 1 in run ${id}\\n`,
      ),
    );
    await refused(["--resume", "--max-duration", "1"], /--max-duration 1: run .* has used it up/);
    const boot = world.rows<{ id: string }>("SELECT boot_id AS id FROM tune_runs WHERE run_id = ?", dead)[0]?.id;
    write(world, "UPDATE tune_runs SET boot_id = 'another' WHERE run_id = ?", dead);
    await refused(
      ["--resume"],
      new RegExp(`:\\nboot of the machine: was "another", now "${boot}"\\nLeave out --resume`),
    );
    write(world, "UPDATE tune_runs SET boot_id = ?, machine_ram_gb = 3 WHERE run_id = ?", boot, dead);
    plantModels(world, { [MODEL]: {} }, { version: "macprovider-cli 1.5.0" });
    plantSnapshot(`${world.home}/.cache/huggingface/hub`, MODEL, modelFiles({ fill: 9 }));
    const config = join(world.home, ".config/macprovider/config.yaml");
    mkdirSync(join(config, ".."), { recursive: true });
    writeFileSync(config, `model: ${MODEL}\nkv_bits: 4\n`);
    await refused(
      ["--resume"],
      /:\nprogram: was "1.4.0", now "1.5.0"\nRAM \(GB\): was 3, now \d+\nsettings to compare: was ".*", now ".*kv 4 .*\(configured\).*"\nweights of t\/Model-7B: was "\w{40}", now "\w{40}"\n/,
    );
    expect(starts(world)).toBe(before);
  }),
);

test.concurrent("time counts over both runs: after an exhausted budget it takes a larger one", () =>
  inWorld(async (world) => {
    const models = (eight: Behaviour) => ({
      [MODEL]: { tps: 200, knobs: [{ when: { kv_bits: 8 as const }, ...eight }] },
    });
    plantModels(world, models({ answer: "silence", answerFor: "replicates" }));
    // Enough for Stage 1; Stage 2 cannot end.
    const budget = Math.ceil(15 * slowness());
    const limits = { "max-duration": String(budget), "gate-ttft-ms": "3600000" };
    const short = await world.tune(shortTune({ "kv-bits-axis": "unset,8", ...limits }));
    expect(short.result.exit_reason).toBe("budget_exhausted_with_partial_recommendation");
    plantModels(world, models({ tps: 400 }));
    expect((await world.run(["status"])).stdout).toContain(
      `Resume it with more time: \`mlx-autotune run --resume --max-duration ${budget * 2}\`.`,
    );
    const refused = await world.tune(["--resume"]);
    expect([refused.code, refused.result.detail]).toEqual([
      2,
      expect.stringMatching(new RegExp(`--max-duration ${budget}: run .* has used it up`)),
    ]);
    const finished = world.rows(
      "SELECT id FROM tune_visits v WHERE v.trial_id IN (SELECT id FROM tune_trials WHERE stage = 2)",
    );
    const before = starts(world);
    const { code, result } = await world.tune(["--resume", "--max-duration", String(budget * 4)], {
      MLX_AUTOTUNE_SEED: "77",
    });
    expect([code, result.resumed_from, result.inputs.seed]).toEqual([0, short.result.run_id, 1]);
    expect(visits(world, before).map(({ kvBits }) => kvBits)).toEqual([null, 8].slice(finished.length));
    expect(world.rows("SELECT stage, kv_bits FROM tune_trials WHERE kept = 1 AND run_id = ?", result.run_id)).toEqual([
      { stage: 2, kv_bits: 8 },
    ]);
    const notes = world.rows<{ text: string }>("SELECT text FROM tune_notes WHERE run_id = ?", result.run_id);
    expect(notes.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^seed 77 of the environment is ignored: run \w{8} was measured with 1$/),
    );
  }),
);

test.concurrent("interrupted in Stage 1; a candidate that took the machine down is not tried again", () =>
  inWorld(async (world) => {
    const candidates = plantModels(world, {
      [BIG]: { answer: "silence", answerFor: "replicates" },
      [MODEL]: { hangLoad: true },
      [SMALL]: {},
    });
    const gate = String(Math.ceil(2000 * slowness()));
    const args = shortTune({ "candidate-models": candidates, "gate-ttft-ms": gate, "retain-runs": "1" });
    const worker = world.start(world.tuneArgs(args));
    await until("the second start", () => starts(world) === 2);
    worker.process.kill("SIGINT");
    expect((await worker.finished).code).toBe(130);
    const dead = world.rows<{ run_id: string }>("SELECT run_id FROM tune_runs")[0]?.run_id ?? "";
    write(
      world,
      "INSERT INTO crash_suspects (model, run_id, at_utc) VALUES (?, 'abcdefgh', '2025-01-01T00:00:00Z')",
      MODEL,
    );
    const before = starts(world);
    const { code, result } = await world.tune(["--resume", "--retain-runs", "1"]);
    expect([code, result.resumed_from]).toEqual([0, dead]);
    expect(result.infeasible.map((one) => [one.model, one.class])).toEqual([
      [BIG, "ttft_gate"],
      [MODEL, "crash_suspect"],
    ]);
    expect(new Set(visits(world, before).map(({ model }) => model))).toEqual(new Set([SMALL]));
  }),
);
