// What the preferences name, as extension and worker take it, and which of them names nothing that is there.
// Source: contract §14; Raycast hands on what was typed or picked, no shell has been over it.
import { existsSync } from "node:fs";
import { databaseAt, placeProblem } from "../database/database-place.ts";
import { DatabaseProblem } from "../database/database-problem.ts";
import { namedPath, namedProgram } from "../../../worker/core/settings/named-path.ts";
import type { Parsed } from "../../../worker/core/settings/setting-kinds.ts";
import { takesProvider } from "./worker-call.ts";
import { asWorkerError, WorkerError } from "./worker-error.ts";

export interface PreferenceProblem {
  preference: "databasePath" | "providerBinary" | "modelCache";
  error: WorkerError;
}

export interface PreferredPlaces {
  dbPath: string;
  /** null = the worker searches. */
  providerBinary: string | null;
  /** null = as the environment says. */
  modelCache: string | null;
  problems: PreferenceProblem[];
}

export function preferredPlaces(preferences: Preferences, home: string): PreferredPlaces {
  const problems: PreferenceProblem[] = [];
  const dbPath = database(preferences.databasePath, home, problems);
  const places = { home, from: home };
  const provider = chosen(preferences.providerBinary, (text) => namedProgram(text, places));
  const cache = chosen(preferences.modelCache, (text) => namedPath(text, places));
  const providerBinary = valueOf("providerBinary", provider, problems);
  if (providerBinary?.includes("/") && !existsSync(providerBinary))
    problems.push(problemOf("providerBinary", `${providerBinary} is not there`));
  return { dbPath, providerBinary, modelCache: valueOf("modelCache", cache, problems), problems };
}

/** What of `problems` keeps this command of the worker from being asked. */
export const hindering = (problems: readonly PreferenceProblem[], args: readonly string[]): PreferenceProblem | null =>
  problems.find(({ preference }) => preference === "databasePath" || takesProvider(args)) ?? null;

function database(preference: string | undefined, home: string, problems: PreferenceProblem[]): string {
  try {
    const path = databaseAt(preference, home);
    const problem = placeProblem(path, home);
    if (problem !== null) problems.push({ preference: "databasePath", error: asWorkerError(problem) });
    return path;
  } catch (problem) {
    if (!(problem instanceof DatabaseProblem)) throw problem;
    problems.push({ preference: "databasePath", error: asWorkerError(problem) });
    return databaseAt(undefined, home);
  }
}

const chosen = (text: string | undefined, read: (text: string) => Parsed<string>): Parsed<string> | null =>
  text === undefined || text.trim() === "" ? null : read(text);

function valueOf(
  preference: PreferenceProblem["preference"],
  path: Parsed<string> | null,
  problems: PreferenceProblem[],
): string | null {
  if (path === null || path.ok) return path?.value ?? null;
  problems.push(problemOf(preference, path.problem));
  return null;
}

const TITLES = { databasePath: "Database", providerBinary: "Provider Program", modelCache: "Model Cache" };

function problemOf(preference: PreferenceProblem["preference"], why: string): PreferenceProblem {
  const title = TITLES[preference];
  const remedy = `Change ${title} in the extension's preferences, or leave it empty.`;
  return { preference, error: new WorkerError(`The ${title} preference: ${why}.`, { remedy, preferences: true }) };
}
