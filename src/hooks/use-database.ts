// One way for every view to read the database: now, again every so often, and at once when something was done.
// What is shown stays on screen while it is read anew, so nothing flickers. Source: contract §14.
import { usePromise } from "@raycast/utils";
import { useEffect } from "react";
import { DatabaseProblem, readDatabase } from "../lib/database/database.ts";
import { databasePath } from "../lib/worker/paths.ts";
import type { Readers } from "../../worker/core/runs/readers.ts";

export interface Reading<T> {
  /** Undefined until the first look has ended, and while there is a problem. */
  data: T | undefined;
  problem: DatabaseProblem | null;
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
  const state = usePromise(look<T, A>, [read, args, databasePath()], { onError: () => undefined });
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
    isLoading: result === undefined && state.error === undefined,
    revalidate: () => void revalidate(),
  };
}

type Look<T> = { data: T } | { problem: DatabaseProblem };

/** A problem is something to show, not an exception. */
// eslint-disable-next-line @typescript-eslint/require-await -- usePromise wants a promise, the reading is synchronous
async function look<T, A extends (string | number | null)[]>(
  read: (readers: Readers, ...args: A) => T,
  args: A,
  path: string,
): Promise<Look<T>> {
  try {
    return { data: readDatabase(path, (readers) => read(readers, ...args)) };
  } catch (problem) {
    if (problem instanceof DatabaseProblem) return { problem };
    throw problem;
  }
}
