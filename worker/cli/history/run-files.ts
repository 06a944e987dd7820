// What a run leaves beside the database: its folder of candidates' logs, its worker's log, its report. They go with its rows.
// Source: contract §4 (logs per trial), §11 (retention), §15 (report).
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { step } from "../../step.ts";
import { RUN_ID } from "../../store/run-document.ts";

/** Logs of a run. [] for ids of other programs: one may hold any text, and must not lead out of the folder. */
export function logPaths(logFolder: string, runId: string): string[] {
  return RUN_ID.test(runId) ? [runId, `${runId}.worker.log`].map((name) => join(logFolder, name)) : [];
}

/** @throws the file system's error; what is not there is no error */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) step("runs.file", () => rmSync(path, { recursive: true, force: true }));
}

/** Where the report of a run lies unless it was sent elsewhere. */
export function reportPath(dbPath: string, runId: string): string {
  return join(reportFolder(dbPath), `${fileName(runId)}.html`);
}

/** Where reports lie: beside the database. */
export function reportFolder(dbPath: string): string {
  return join(dirname(dbPath), "reports");
}

/** Ids of other programs' runs may hold anything; what is no plain name is written as its hash. */
function fileName(runId: string): string {
  if (/^[A-Za-z0-9_][\w.-]{0,99}$/.test(runId)) return runId;
  return `run-${createHash("sha256").update(runId).digest("hex").slice(0, 16)}`;
}
