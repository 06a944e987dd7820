// Where the extension finds what the worker writes. Source: contract §3 (--db-path), §14.
import { getPreferenceValues } from "@raycast/api";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The database: the preference, or the place that the command line uses, too. */
export function databasePath(): string {
  const { databasePath } = getPreferenceValues<{ databasePath?: string }>();
  const chosen = databasePath?.trim();
  return chosen ? expandHome(chosen) : join(homedir(), ".config", "mlx-autotune", "autotune.sqlite");
}

/** Replace a leading "~/" as a shell would. */
export const expandHome = (path: string): string => (path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);

/** What the worker of a run said, also before its row was there. */
export const workerLogPath = (runId: string): string => join(dirname(databasePath()), "logs", `${runId}.worker.log`);
