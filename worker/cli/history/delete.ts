// `delete`: one run with its trials, its report and its logs, on the user's word.
// Source: contract §14 (delete); what must stay is the retention's rule, contract §11.
import { AutotuneError, errorText } from "../../core/errors.ts";
import type { Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";
import { logPaths, removeFiles, reportPath } from "./run-files.ts";

/**
 * Rows first, in one transaction; then the files.
 * @returns 0. @throws AutotuneError not_found; config_error with reason and remedy if the run must stay, or files could not be removed
 */
export function deleteRun(
  store: Store,
  id: string,
  { dbPath, json }: { dbPath: string; json: boolean },
  io: Io,
): number {
  const { run_id: runId } = store.readers.run(id);
  store.deleteRun(runId);
  const files = [...logPaths(store.logFolder, runId), reportPath(dbPath, runId)];
  try {
    removeFiles(files);
  } catch (error) {
    throw new AutotuneError("config_error", `run ${runId} is deleted, but not all its files: ${errorText(error)}`, {
      remedy: `Remove by hand: ${files.join(", ")}`,
      cause: error,
    });
  }
  say(io.stdout, json ? JSON.stringify({ run_id: runId, deleted: true }, null, 2) : `Deleted run ${runId}.`);
  return 0;
}
