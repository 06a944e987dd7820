// `run --resume`: which run is resumed, and with which inputs the new one goes on.
// Source: contract §15 (resume), §3 (a refused run leaves a row saying so).
import { AutotuneError } from "../../core/errors.ts";
import { duration, shortId } from "../../core/units.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { RunRow } from "../../core/runs/read-model.ts";
import { SPEC_VERSION } from "../../core/result/recipe.ts";
import { ranOutOfTime, whyNotResumable } from "../../core/runs/resume-choice.ts";
import { resumedInputs } from "../../core/runs/resume-inputs.ts";
import type { Settings } from "../../core/settings/settings.ts";
import { closeDeadRuns } from "../../recovery/orphans.ts";
import type { Readers } from "../../core/runs/readers.ts";
import type { Store } from "../../store/store.ts";
import { stderrLog, type Io } from "../command/io.ts";
import { runTune } from "./run.ts";
import type { RunRequest } from "./run-session.ts";

/**
 * Run a tune that goes on where another one was cut short.
 * @returns the process's exit code
 * @throws AutotuneError busy if a run is active; config_error if there is nothing to resume, or a flag contradicts it
 */
export async function resumeTune(
  request: Omit<RunRequest, "resumption">,
  settings: Pick<Settings, "resume" | "inputs" | "sources">,
  store: Store,
  io: Io,
): Promise<number> {
  await closeDeadRuns(store, (text) => stderrLog(io).warn(text), io.env);
  refuseWhileActive(store.readers);
  const { run, inputs, warnings, spentSeconds } = refusalsRecorded(request, store, () =>
    takeUp(store.readers, settings.resume?.run ?? null, settings),
  );
  const namedNow = settings.sources["candidate-models"] === "flag" ? settings.inputs.candidateModels : null;
  const resumption = { run, spentSeconds, namedNow };
  return runTune({ ...request, inputs, warnings: [...request.warnings, ...warnings], resumption }, store, io);
}

function refuseWhileActive(readers: Readers): void {
  const active = readers.activeRun();
  if (active)
    throw new AutotuneError("busy", `run ${active.run_id} is active (pid ${active.pid}); only one run can be`, {
      remedy: "Watch it with `mlx-autotune status --watch`, or end it with `mlx-autotune cancel`.",
    });
}

function refusalsRecorded<T>(request: Omit<RunRequest, "resumption">, store: Store, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { runId, startedAt, inputs } = request;
    if (error instanceof AutotuneError && error.code === "config_error")
      store.recordRejected({ runId, startedAt, specVersion: SPEC_VERSION, inputs }, "config_error", error.message);
    throw error;
  }
}

interface TakenUp {
  run: RunRow;
  inputs: Inputs;
  warnings: string[];
  /** Seconds of its time limit that its finished visits took. */
  spentSeconds: number;
}

function takeUp(readers: Readers, named: string | null, settings: Pick<Settings, "inputs" | "sources">): TakenUp {
  const run = named === null ? newestCutShort(readers) : namedRun(readers, named);
  const resumed = resumedInputs(run, settings);
  const short = shortId(run.run_id);
  if (resumed === null)
    throw refusal(`run ${short} does not say how it was measured: another version of this program wrote it`);
  const { inputs, warnings } = resumed;
  if (resumed.problems.length > 0)
    throw new AutotuneError(
      "config_error",
      [`run ${short} cannot be resumed with other inputs than its own:`, ...resumed.problems].join("\n"),
      { remedy: "Leave these flags out, or leave out --resume to start anew." },
    );
  const spentSeconds = Math.max(0, ...readers.visits(run.run_id).map((visit) => visit.elapsed_s ?? 0));
  refuseWithoutTime(run, inputs.maxDurationS, spentSeconds);
  return { run, inputs, warnings, spentSeconds };
}

function newestCutShort(readers: Readers): RunRow {
  const runs = readers.runs();
  const found = runs.find((run) => whyNot(run, runs, readers) === null);
  if (found) return found;
  throw refusal(
    "there is nothing to resume: no run that died, was interrupted or ran out of time has a finished trial that is not resumed yet",
  );
}

function namedRun(readers: Readers, named: string): RunRow {
  const run = find(readers, named);
  const reason = whyNot(run, readers.runs(), readers);
  if (reason === null) return run;
  throw refusal(`run ${shortId(run.run_id)} ${reason}`);
}

function find(readers: Readers, named: string): RunRow {
  try {
    return readers.run(named);
  } catch (error) {
    if (!(error instanceof AutotuneError) || error.code !== "not_found") throw error;
    throw new AutotuneError("config_error", `--resume: ${error.message}`, {
      remedy: error.remedy ?? "",
      cause: error,
    });
  }
}

const whyNot = (run: RunRow, runs: RunRow[], readers: Readers): string | null =>
  whyNotResumable(run, readers.visits(run.run_id).length, runs);

const refusal = (text: string): AutotuneError =>
  new AutotuneError("config_error", text, { remedy: "Leave out --resume to start anew." });

/** --max-duration is of the whole run, so what the run that is resumed has used counts. */
function refuseWithoutTime(run: RunRow, maxDurationS: number, spentSeconds: number): void {
  const before = run.inputs_json?.["maxDurationS"];
  const outOfTime = ranOutOfTime(run) && typeof before === "number" && maxDurationS <= before;
  if (!outOfTime && spentSeconds < maxDurationS) return;
  throw new AutotuneError(
    "config_error",
    `--max-duration ${maxDurationS}: run ${shortId(run.run_id)} has used it up (${duration(spentSeconds)} until its last finished visit)`,
    { remedy: `Give the whole run more time, e.g. --resume --max-duration ${Math.ceil(maxDurationS * 2)}.` },
  );
}
