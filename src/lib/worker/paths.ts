// Where the extension finds what the worker writes. Source: contract §3 (--db-path), §14.
import { getPreferenceValues } from "@raycast/api";
import { dirname, join } from "node:path";
import { databaseAt } from "../database/database-place.ts";

/** The Database preference, as typed. */
export const databasePreference = (): string | undefined => getPreferenceValues<Preferences>().databasePath;

/** The database that extension and worker use. @throws DatabaseProblem where the preference is no path */
export const databasePath = (): string => databaseAt(databasePreference());

/** What the worker of a run said, also before its row was there. */
export const workerLogPath = (runId: string): string => join(dirname(databasePath()), "logs", `${runId}.worker.log`);
