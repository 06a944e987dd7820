// What a run says at its end: its result, and with --compare what changed since the last run like it.
// Source: contract §3 (with --json stdout is exactly one document, text goes to stderr).
import { comparisonText } from "../../core/compare/comparison-text.ts";
import { resultText } from "../../core/runs/result-text.ts";
import type { RunResult } from "../../core/result/recipe.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { compareWithLast } from "../history/compare.ts";
import { say, type Io } from "../command/io.ts";

/** Print the result of a run whose row has ended. */
export function printResult(
  result: RunResult,
  options: { json: boolean; compare: boolean },
  readers: Readers,
  io: Io,
): void {
  const comparison = options.compare ? compareWithLast(readers, result.run_id) : null;
  const document: RunResult = options.compare ? { ...result, comparison } : result;
  if (options.json) say(io.stdout, JSON.stringify(document, null, 2));
  const text = options.json || result.recommendation === null ? io.stderr : io.stdout;
  say(text, `\n${resultText(result)}`);
  if (options.compare) say(text, `\n${comparison ? comparisonText(comparison) : NOTHING_LIKE_IT}`);
}

const NOTHING_LIKE_IT = "Nothing to compare with: no earlier run found a recipe at this context on this provider.";
