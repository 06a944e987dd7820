// `report`: the HTML file of a stored run; and `run --report-only`: the latest run's text with its file.
import { AutotuneError } from "../../core/errors.ts";
import type { RunRow } from "../../core/runs/read-model.ts";
import { storedResult } from "../../core/runs/stored-result.ts";
import { writePrivately } from "../../platform/files/private-file.ts";
import { runReport } from "../../report/run-report.ts";
import type { Store } from "../../store/store.ts";
import { reportLast } from "./history.ts";
import { say, type Io } from "../command/io.ts";
import { reportPath } from "./run-files.ts";

export interface ReportOptions {
  /** A run id, a beginning of one, or null for the last run. */
  run: string | null;
  /** Where the file goes; null = reports/<run id>.html beside the database. */
  out: string | null;
  dbPath: string;
  json: boolean;
}

/** Write the report of one run and print its path. @returns 0, or 1 if there is no run */
export function reportRun(store: Store, options: ReportOptions, io: Io): number {
  const { readers } = store;
  const run = options.run === null ? readers.latestRun() : readers.run(options.run);
  if (!run) {
    say(io.stderr, "No run yet. Start one with `mlx-autotune run`.");
    return 1;
  }
  const path = writeReport(store, run, options.dbPath, options.out);
  say(io.stdout, options.json ? JSON.stringify({ run_id: run.run_id, path }, null, 2) : path);
  return 0;
}

/** Print the result of the latest run that has one, and write its report. @returns 0, or 1 if there is none */
export function reportLatest(store: Store, dbPath: string, json: boolean, io: Io): number {
  const run = reportLast(store.readers, json, io);
  if (run === null) return 1;
  // With --json stdout is one document already.
  say(json ? io.stderr : io.stdout, `Report: ${writeReport(store, run, dbPath, null)}`);
  return 0;
}

/** @throws AutotuneError config_error if the file cannot be written */
function writeReport({ readers }: Store, run: RunRow, dbPath: string, out: string | null): string {
  if (out !== null && out.trim() === "") throw new AutotuneError("config_error", "--out: the path is empty");
  const trials = readers.trials(run.run_id);
  const text = runReport(
    {
      run,
      result: storedResult(run),
      trials,
      visits: readers.visits(run.run_id),
      replicates: trials.flatMap((trial) => readers.replicates(trial.id)),
      timeline: readers.timeline(run.run_id),
      notes: readers.notes(run.run_id),
      applications: readers.applications(run.run_id),
    },
    new Date().toISOString(),
  );
  return writePrivately(out ?? reportPath(dbPath, run.run_id), text, databaseFiles(dbPath));
}

/** The database and what SQLite keeps beside it. */
export function databaseFiles(dbPath: string): string[] {
  return ["", "-wal", "-shm"].map((suffix) => dbPath + suffix);
}
