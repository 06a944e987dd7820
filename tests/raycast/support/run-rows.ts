// Runs as the worker leaves them, written by its own store: a recipe, nothing that fits, one cut short, one that goes on. For tests of
// views; the views run in processes of their own, so that the two SQLite libraries never meet. Source: contract §10, §11.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Progress } from "../../../worker/context.ts";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import type { Drained } from "../../../worker/core/launchd/drained.ts";
import { recipeHash, SPEC_VERSION, type RunResult } from "../../../worker/core/result/recipe.ts";
import { STEPS } from "../../../worker/core/runs/stuck-recipe.ts";
import { openStore, type Owner, type Store } from "../../../worker/store/store.ts";
import { figures, MACHINE, ME, newTrial, okReplicate, progress, visit } from "../../support/store/store-fixtures.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

export const IDS = {
  recipe: "aaaaaaaa-1111-4111-8111-111111111111",
  older: "bbbbbbbb-2222-4222-8222-222222222222",
  failed: "cccccccc-3333-4333-8333-333333333333",
  cut: "dddddddd-4444-4444-8444-444444444444",
  active: "eeeeeeee-5555-4555-8555-555555555555",
};
export const MODELS = ["org/Big-32B-4bit", "org/Mid-7B-4bit", "org/Small-1B-4bit"] as const;
export const GATE_REASON = "TTFT > 60000 ms: the gate is 60000 ms";
const KNOBS = { kv_bits: null, max_concurrency_override: 1, max_context_override: null };
const OTHER_KNOBS = { ...KNOBS, kv_bits: 8 as const };
/** The owner of what nobody brings back: no pid is as high. */
export const NOBODY: Owner = { pid: 99_999_999, pidStartedAt: "x" };

export interface RunRows {
  home: string;
  dbPath: string;
  write<T>(work: (store: Store) => T): T;
  sql(text: string): void;
  remove(): void;
}

/** A home with an empty database. */
export function createRunRows(): RunRows {
  const home = mkdtempSync(join(tmpdir(), "run-rows-"));
  const dbPath = join(home, ".config/mlx-autotune/autotune.sqlite");
  mkdirSync(dirname(dbPath), { recursive: true });
  const write = <T>(work: (store: Store) => T): T => {
    const store = openStore(dbPath);
    try {
      return work(store);
    } finally {
      store.close();
    }
  };
  write(() => undefined);
  return {
    ...{ home, dbPath, write },
    sql: (text) => void new Database(dbPath).exec(text).close(),
    remove: () => removeFolder(home),
  };
}

function begin(store: Store, runId: string, startedAt: string, owner: Owner = ME) {
  const inputs = { targetContext: 2000, gateTtftMs: 60_000, maxDurationS: 600, method: "race" as const, seed: 7 };
  const run = store.beginRun({ runId, startedAt, specVersion: SPEC_VERSION, inputs }, owner, () => true);
  run.described({ machine: MACHINE, candidates: [...MODELS], provider: "mlx-lm", plannedCells: 2 });
  return run;
}

/** A run that rejected the first model and found a recipe with the second. @param tps tokens/s of the winner */
export function storeRecipe(store: Store, runId: string, startedAt: string, tps: number): void {
  const run = begin(store, runId, startedAt);
  const misfit = { class: "ttft_gate" as const, reason: GATE_REASON };
  const nothing = { tps: null, decodeTps: null, ttftP95Ms: null, fits: false, misfit };
  run.visitEnded(run.trialStarted(newTrial(MODELS[0])), visit([], { misfit }), figures(nothing));
  const second = run.trialStarted(newTrial(MODELS[1], { position: 1 }));
  run.visitEnded(second, visit([okReplicate(tps)]), figures({ tps }));
  const cells = [KNOBS, OTHER_KNOBS].map((knobs, position) => {
    const id = run.trialStarted(newTrial(MODELS[1], { stage: 2, knobs, position }));
    for (const drift of [1, 0.97]) {
      const measured = tps * drift - position;
      const interval: [number, number] = [measured - 1, measured + 1];
      run.visitEnded(
        id,
        visit([okReplicate(measured), okReplicate(measured)], { knobs }),
        figures({ tps: tps - position, interval, replicates: 4 }),
      );
    }
    return id;
  });
  run.kept(cells[0] ?? 0);
  run.note("warning", "On battery power.");
  const result = resultOf(runId, startedAt, tps);
  run.ended({
    exitReason: "ok",
    detail: null,
    recommendationJson: JSON.stringify(result),
    recipeHash: result.recipe_hash,
  });
}

/** A run in which nothing fitted, or that was cut short. */
export function storeFailure(
  store: Store,
  runId: string,
  startedAt: string,
  exitReason: "no_feasible" | "interrupted",
) {
  const run = begin(store, runId, startedAt);
  const misfit = { class: "out_of_memory" as const, reason: "20.4 GB needed, 16 GB there" };
  const nothing = { tps: null, decodeTps: null, ttftP95Ms: null, fits: false, misfit };
  run.visitEnded(run.trialStarted(newTrial(MODELS[0])), visit([], { misfit }), figures(nothing));
  const detail = exitReason === "no_feasible" ? "No candidate serves 2000 tokens." : "stopped by SIGTERM";
  run.ended({ exitReason, detail, recommendationJson: null, recipeHash: null });
}

/** A run that goes on; its owner is this process unless another is named. */
export function storeActive(store: Store, part: Partial<Progress> = {}, owner: Owner = ME): void {
  const run = begin(store, IDS.active, new Date().toISOString(), owner);
  run.trialStarted(newTrial(MODELS[0]));
  const now = { phase: "decoding" as const, stage: 1 as const, candidate: MODELS[0], cell: "kv unset · batch 1" };
  run.phase(progress({ ...now, share: 0.42, etaSeconds: 700, liveTps: 41.83, ...part }));
}

const FOREGROUND: Drained = {
  ...{
    kind: "foreground",
    processes: [{ pid: NOBODY.pid, startedAt: "x" }],
    argv: ["mlx_lm.server", "--port", "8080"],
  },
  ...{ cwd: "/", env: null, restart: false, ports: [] },
};
/** An agent whose file has a space in its path. */
export const AGENT: Drained = {
  ...{ kind: "launchd", domain: "gui/501", label: "live.x", plistPath: "/a b.plist", role: "provider" },
  ...{ processes: [], ports: [] },
};

/** Something that a dead run has taken out: a foreground provider that it was not told to start again, unless another is named. */
export function storeDrained(
  store: Store,
  state: "out" | "failed",
  { service = FOREGROUND, lastError = "code 5" } = {},
): void {
  const id = store.drains.intend(IDS.recipe, service, NOBODY);
  store.drains.markOut(id);
  if (state === "failed") store.drains.settle(id, "failed", lastError);
}

/** An application whose provider did not come up and whose recipe could not be taken back. */
export function storeStuck(store: Store): void {
  const { applications } = store;
  const written = { runId: IDS.recipe, provider: "macprovider", model: MODELS[1], configPath: "/c.yaml", edits: [] };
  const id = applications.begin({ ...written, beforeSha256: "a", afterSha256: "b" }, ME, () => true);
  applications.step(id, STEPS.restartAsked, { ok: true, detail: "gui/501/live.x", state: "restarting" });
  applications.step(id, STEPS.answers, { ok: false, detail: "it did not answer" });
  applications.step(id, STEPS.rolledBack, { ok: false, detail: "the disk is full", state: "unverified" });
  applications.release(id);
}

function resultOf(runId: string, startedAt: string, tps: number): RunResult {
  const { simulated, ...machine } = MACHINE;
  const facts = { ...machine, candidate_models: [...MODELS], knobs: KNOBS, model: MODELS[1], target_context: 2000 };
  return {
    ...{ spec_version: SPEC_VERSION, run_id: runId, started_at: startedAt, ended_at: startedAt },
    machine: { ...machine, simulated },
    inputs: {
      ...{ provider: "mlx-lm", target_context: 2000, candidate_models: [...MODELS], method: "race" },
      ...{ stage1_replicates: 1, stage2_replicates: 5, gate_ttft_ms: 60_000, tps_tie_epsilon: 0.1, seed: 7 },
    },
    recommendation: {
      ...{ model: MODELS[1], target_context: 2000, knobs: KNOBS, tps_median: tps, decode_tps_median: 42.5 },
      ...{ ttft_p95_ms: 400, replicates: 4, uplift: null, partial: false, serve_command: "mlx_lm.server --model Mid" },
      ...{ reason: "fastest of 2 cells", findings: [], thermally_unstable: false, drift: -0.03 },
    },
    alternates: [MODELS[2]],
    infeasible: [{ model: MODELS[0], rank: 1, reason: GATE_REASON, class: "ttft_gate" }],
    recipe_hash: recipeHash(facts),
    ...{ exit_reason: "ok", detail: null, db_path: "/db" },
  };
}

/** A config before a recipe was applied to it. */
export const CONFIG = "model: org/Old-3B\nkv_bits: 8\nmax_concurrency_override: 1\nport: 8080\n";

/** Apply the recipe of a run to a config of the world's home, as the worker leaves rows and file. @returns the config's path */
export function storeApplied(world: RunRows, runId: string): string {
  const path = join(world.home, ".config/mlx-autotune/serve.yaml");
  const edited = editConfig(CONFIG, { model: MODELS[1], kv_bits: null });
  if (!edited.ok) throw new Error("the config cannot be edited");
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  world.write(({ applications }) => {
    const hashes = { beforeSha256: sha256(CONFIG), afterSha256: sha256(edited.text) };
    const what = { runId, provider: "mlx-lm", model: MODELS[1], configPath: path, edits: edited.edits, ...hashes };
    const id = applications.begin(what, ME, () => true);
    applications.step(id, "provider answers", { ok: true, state: "applied" });
    applications.release(id);
  });
  writeFileSync(path, edited.text);
  return path;
}
