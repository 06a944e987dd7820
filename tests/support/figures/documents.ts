// Documents around figures: all of a run's result but its recipe, and a sweep. Types only from the program: whoever loads it decides when.
import type { SweepCell, SweepDocument, SweepPlan } from "../../../worker/core/measure/sweep.ts";
import type { TimedRequest } from "../../../worker/core/measure/timed-request.ts";
import type { RunResult } from "../../../worker/core/result/recipe.ts";

const TIMES = { ttftMs: 100, totalMs: 900.5, decodeTps: 140, prefillTps: 20_000 };

export const ONE_REQUEST: TimedRequest = {
  sample: { ...TIMES, promptTokens: 1000, completionTokens: 128, cachedTokens: 0 },
  startedAtMs: 0,
  chunkTimesMs: [100, 900.5],
};

export const RESULT: RunResult = {
  ...{ spec_version: "mlx-autotune 1 / SPEC-013 v0.3", run_id: "11111111-1111-4111-8111-111111111111" },
  ...{ started_at: "2025-03-01T10:00:00.000Z", ended_at: "2025-03-01T11:00:00.000Z", recommendation: null },
  machine: { ram_gb: 16, chip: "Apple M2", os_version: "26.1", binary_version: "1.4.0", simulated: false },
  inputs: {
    ...{ provider: "mlx-lm", target_context: 2000, candidate_models: ["org/x"], method: "race", seed: 7 },
    ...{ stage1_replicates: 1, stage2_replicates: 5, gate_ttft_ms: 60_000, tps_tie_epsilon: 0.1 },
  },
  ...{ alternates: [], infeasible: [], recipe_hash: null, exit_reason: "ok", detail: null, db_path: "x.sqlite" },
};

export const SWEEP_PLAN: SweepPlan = {
  ...{ baseUrl: "http://127.0.0.1:1", model: "org/x", contexts: [1000], concurrency: [1], gateMs: 500 },
  ...{ maxTokens: 128, decodeControl: false, seed: 1 },
};

export const sweepDocument = (cells: SweepCell[]): SweepDocument => ({
  ...{ sweep_id: "s1", base_url: "http://127.0.0.1:1", model: "org/x", simulated: false, cells, stopped: null },
  ...{ started_at: "2025-03-01T10:00:00.000Z", ended_at: "2025-03-01T11:00:00.000Z", contexts: [1000] },
  ...{ concurrency: [1], gate_ttft_ms: 500, max_tokens: 128, seed: 1, control_tps: [], control_drift: null },
  ...{ exit_reason: "ok", report_path: null, db_path: "x.sqlite" },
});
