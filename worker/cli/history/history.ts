// `runs` and `show`: what was tuned before.
import { resultText } from "../../core/runs/result-text.ts";
import { labelled } from "../../core/measure/figure.ts";
import { FIGURES } from "../../core/measure/figure-table.ts";
import { counted, shortId, shortModel, SIMULATED_BANNER } from "../../core/units.ts";
import { cellName } from "../../core/knobs.ts";
import type { RunRow, TrialRow } from "../../core/runs/read-model.ts";
import { storedResult } from "../../core/runs/stored-result.ts";
import { carriedOverText } from "../../core/runs/carried-over-text.ts";
import type { Readers } from "../../core/runs/readers.ts";
import type { Store } from "../../store/store.ts";
import { drainLines, drainsOfRun } from "./drain-state.ts";
import { say, type Io } from "../command/io.ts";

/** List the newest runs. @returns 0 */
export function listRuns(readers: Readers, json: boolean, io: Io): number {
  const runs = readers.runs();
  if (json) say(io.stdout, JSON.stringify(runs, null, 2));
  else
    say(io.stdout, runs.length === 0 ? "No run yet. Start one with `mlx-autotune run`." : runs.map(runLine).join("\n"));
  return 0;
}

/** Show one run with its trials. @param id a run id, a beginning of one, or null for the last. @returns 0, or 1 if there is none. */
export function showRun(store: Store, id: string | null, json: boolean, io: Io): number {
  const { readers } = store;
  const run = id === null ? readers.latestRun() : readers.run(id);
  if (!run) {
    say(io.stderr, "No run yet. Start one with `mlx-autotune run`.");
    return 1;
  }
  const trials = readers.trials(run.run_id);
  const drained = drainsOfRun(store, run.run_id);
  if (json)
    say(
      io.stdout,
      JSON.stringify(
        {
          run,
          result: storedResult(run),
          trials,
          timeline: readers.timeline(run.run_id),
          notes: readers.notes(run.run_id),
          drained,
        },
        null,
        2,
      ),
    );
  else say(io.stdout, [runText(run), "", ...trials.map(trialLine), ...drainLines(drained, io.stdout.isTTY)].join("\n"));
  return 0;
}

/** Print the result of the last run that has one, as the run itself did. @returns that run, or null if there is none */
export function reportLast(readers: Readers, json: boolean, io: Io): RunRow | null {
  const run = readers.runs().find((one) => one.state === "ended" && storedResult(one) !== null);
  if (run) say(io.stdout, json ? JSON.stringify(storedResult(run), null, 2) : runText(run));
  else say(io.stderr, "No run has ended yet. Start one with `mlx-autotune run`.");
  return run ?? null;
}

function runText(run: RunRow): string {
  const result = storedResult(run);
  if (result) return resultText(result);
  return [
    ...(run.simulated ? [SIMULATED_BANNER] : []),
    runLine(run),
    ...(run.exit_detail === null ? [] : [run.exit_detail]),
  ].join("\n");
}

function runLine(run: RunRow): string {
  const recipe = storedResult(run)?.recommendation ?? null;
  const found = recipe
    ? `${shortModel(recipe.model)} · ${cellName(recipe.knobs)} · ${FIGURES.tps.text(recipe.tps_median)}${recipe.partial ? " · partial" : ""}`
    : "";
  const simulated = run.simulated ? "simulated" : "";
  return [
    shortId(run.run_id),
    run.started_at_utc ?? "–",
    run.state === "active" ? "active" : (run.exit_reason ?? run.state),
    found,
    simulated,
  ]
    .filter((part) => part !== "")
    .join("  ");
}

function trialLine(trial: TrialRow): string {
  const where = trial.stage === 1 ? (trial.model ?? "–") : trial.knobs_json ? cellName(trial.knobs_json) : "–";
  const figures = trial.fits
    ? `${FIGURES.tps.text(trial.agg_throughput_tps)}, ${labelled(FIGURES.ttft_p95_ms, trial.ttft_p95_ms)}, ${counted(trial.replicates_n ?? 0, "replicate")}`
    : (trial.reason ?? trial.notes ?? "no verdict");
  const carried = carriedOverText(trial);
  const mark = carried === null ? "" : ` (${carried})`;
  return `${trial.kept ? "★" : trial.fits ? "✓" : "✗"} stage ${trial.stage}  ${where}: ${figures}${mark}`;
}
