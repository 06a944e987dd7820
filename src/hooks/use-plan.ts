// The live plan of the form: asked of the worker when the form has stood still, and never for a form with problems.
// Source: contract §14 (live plan and conflict notice).
import { usePromise } from "@raycast/utils";
import { useEffect, useState } from "react";
import type { PlanReport } from "../../worker/core/result/plan-report.ts";
import { askPlan } from "../lib/tune/plan-call.ts";

/** Long enough to type a number; each plan is a process of a second. */
const STILL_MS = 600;

export interface LivePlan {
  /** Of exactly the present flags; null while it is not known. */
  plan: PlanReport | null;
  /** Why there is none for the present flags. */
  error: unknown;
  isLoading: boolean;
  /** Ask again. */
  refresh: () => void;
}

/** @param flags of a form without problems; null = do not ask */
export function usePlan(flags: readonly string[] | null): LivePlan {
  const key = flags === null ? null : JSON.stringify(flags);
  const settled = useSettled(key);
  const { data, isLoading, revalidate } = usePromise(planFor, [settled ?? "[]"], { execute: settled !== null });
  const present = key !== null && data?.key === key ? data : null;
  return {
    plan: present?.plan ?? null,
    error: present?.error ?? null,
    isLoading: key !== null && (isLoading || present === null),
    refresh: () => void revalidate(),
  };
}

interface Answer {
  key: string;
  plan: PlanReport | null;
  error: unknown;
}

/** A refusal is something to show beside the form, not an exception. */
async function planFor(key: string): Promise<Answer> {
  try {
    return { key, plan: await askPlan(JSON.parse(key) as string[]), error: null };
  } catch (error) {
    return { key, plan: null, error };
  }
}

/** The value once it has stood still; the first one at once. */
function useSettled(value: string | null): string | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), STILL_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
