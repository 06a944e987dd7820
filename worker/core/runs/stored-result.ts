// The result document as a run's row keeps it. Source: contract §10, §11 (`recommendation_json`).
import type { RunRow } from "./read-model.ts";
import { resultSchema, type RunResult } from "../result/recipe.ts";

/** The result document of a run; null in rows of other programs and while it is active. */
export function storedResult(run: RunRow): RunResult | null {
  try {
    const parsed = resultSchema.safeParse(JSON.parse(run.recommendation_json ?? "null"));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // other programs may have written other text
  }
}
