// One way for every view to read the database: now, again every so often, and at once when something was done.
// What is shown stays on screen while it is read anew, also while another program holds the file, so nothing flickers. Source: contract §14.
import { usePromise } from "@raycast/utils";
import { useEffect, useState } from "react";
import type { DatabaseProblem } from "../lib/database/database-problem.ts";
import { Looker, type Look } from "../lib/database/looker.ts";
import { databasePreference } from "../lib/worker/paths.ts";
import type { Readers } from "../../worker/core/runs/readers.ts";

export interface Reading<T> {
  /** Undefined until the first look has ended, and while there is a problem. */
  data: T | undefined;
  problem: DatabaseProblem | null;
  /** Why `data` is of an earlier look; null if it is not. */
  behind: DatabaseProblem | null;
  /** True during the first look only. */
  isLoading: boolean;
  /** Look again now. */
  revalidate: () => void;
}

/**
 * Read from the database.
 * @param read what to read; called with `args`, so it can be a plain function outside the component
 * @param pollMs look again after so many ms; null = only when asked to
 */
export function useDatabase<T, A extends (string | number | null)[]>(
  read: (readers: Readers, ...args: A) => T,
  args: A,
  pollMs: number | null,
): Reading<T> {
  const [looker] = useState(() => new Looker<T>());
  const look = (fn: typeof read, given: A, preference: string | undefined): Promise<Look<T>> =>
    looker.look(preference, given, (readers) => fn(readers, ...given));
  const state = usePromise(look, [read, args, databasePreference()], { onError: () => undefined });
  const { revalidate } = state;
  useEffect(() => {
    if (pollMs === null) return;
    const timer = setInterval(() => void revalidate(), pollMs);
    return () => clearInterval(timer);
  }, [pollMs, revalidate]);
  const result = state.data;
  return {
    data: result && "data" in result ? result.data : undefined,
    problem: result && "problem" in result ? result.problem : null,
    behind: result && "data" in result ? result.behind : null,
    isLoading: result === undefined && state.error === undefined,
    revalidate: () => void revalidate(),
  };
}
