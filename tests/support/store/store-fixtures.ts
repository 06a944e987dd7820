// Runs, trials and visits as the flow would hand them to the store, and a temp folder per test file.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewTrial, Progress } from "../../../worker/context.ts";
import { figuresOf } from "../../../worker/core/measure/figure-lists.ts";
import type { Replicate, TrialFigures, Visit } from "../../../worker/core/measure/measurement.ts";
import type { Belief } from "../../../worker/core/search/belief.ts";
import { AutotuneError } from "../../../worker/core/errors.ts";
import { processStartTime } from "../../../worker/platform/processes/process-identity.ts";
import type { NewRun, Owner } from "../../../worker/store/store.ts";
import { removeFolder } from "../worlds/remove-folder.ts";

/** A folder for one test file; `path` names a file in it, `remove` ends it. */
export function tempFolder(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `autotune-${name}-`));
  return { folder, path: (file: string) => join(folder, file), remove: () => removeFolder(folder) };
}

export function ownerOf(pid: number): Owner {
  return { pid, pidStartedAt: processStartTime(pid) ?? "" };
}

export const ME = ownerOf(process.pid);

export function newRun(runId: string, startedAt = "2025-03-01T10:00:00.000Z"): NewRun {
  const inputs = { targetContext: 2000, stage1Replicates: 1, stage2Replicates: 5, gateTtftMs: 60000, seed: 7 };
  return { runId, startedAt, specVersion: "test 1", inputs: { ...inputs, tpsTieEpsilon: 0.1, method: "race" } };
}

export const MACHINE = {
  ram_gb: 16,
  chip: "Apple M2",
  os_version: "26.1",
  binary_version: "1.4.0",
  simulated: false,
};

export function newTrial(model: string, part: Partial<NewTrial> = {}): NewTrial {
  const knobs = { kv_bits: null, max_concurrency_override: null, max_context_override: null };
  return { stage: 1, model, knobs, targetContext: 2000, maxTokens: 128, position: 0, ...part };
}

export function progress(part: Partial<Progress> = {}): Progress {
  const nothing = { candidate: null, place: null, cell: null, detail: null, etaSeconds: null, liveTps: null };
  return { phase: "starting", stage: 0, share: 0, ...nothing, ...part };
}

export function okReplicate(tps: number, chunkTimesMs: number[][] = [[400, 425.125, 450.5]]): Replicate {
  const sample = { ttftMs: 400, totalMs: 900, promptTokens: 2003, completionTokens: 128, cachedTokens: 0 };
  const requests = [{ ...sample, decodeTps: 42.5, prefillTps: 5007.5 }];
  const untold = Object.fromEntries(figuresOf("replicate").map(({ replicate }) => [replicate.field, null]));
  return { ...untold, state: "ok", startedAtMs: 1234.5, tps, ttftMs: 400, decodeTps: 42.5, requests, chunkTimesMs };
}

export function visit(replicates: Replicate[], part: Partial<Visit> = {}): Visit {
  const knobs = { kv_bits: null, max_concurrency_override: null, max_context_override: null };
  return { knobs, misfit: null, replicates, loadMs: 1500, promptTokens: 2003, notes: [], ...part };
}

/** What a search may believe after a visit. */
export const BELIEF: Belief = {
  ...{ leader: 1, baseline: 0, rival: 0, doubt: 0.25, proven: true, proof: 0.98, next: 0 },
  cells: [
    { cellIndex: 0, ratio: 0, interval: [0, 0] },
    { cellIndex: 1, ratio: 0.2, interval: [0.1, 0.3] },
  ],
  axes: [
    {
      ...{ axis: "kv_bits", matters: 0.9, against: null },
      effects: [{ value: 8, ratio: 0.2, interval: [0.1, 0.3] }],
    },
  ],
  ...{ drift: -0.02, noise: 0.05 },
};

export function figures(part: Partial<TrialFigures> = {}): TrialFigures {
  const measured = { measuredPromptTokens: 2003, tps: 40, decodeTps: 42.5, ttftP95Ms: 400 };
  return { ...measured, fits: true, errors: 0, replicates: 1, misfit: null, notes: [], ...part };
}

/** The AutotuneError that `action` throws. */
export function failure(action: () => unknown): AutotuneError {
  try {
    action();
  } catch (error) {
    if (error instanceof AutotuneError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
