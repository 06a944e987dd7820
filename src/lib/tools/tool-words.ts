// The worker's sentences for an assistant: flags become the inputs, and commands the tools, that stand for them. Pure.
// Source: contract §14 (AI tools).
import type { SettingName } from "../../../worker/core/settings/options.ts";

/** Settings that the tool start-tune offers, by input name. */
export const TUNE_INPUTS = {
  targetContext: "target-context",
  models: "candidate-models",
  maxModelSize: "max-model-size",
  minModelSize: "min-model-size",
  provider: "provider",
  method: "method",
  drain: "drain",
  restartForeground: "restart-foreground",
  maxDurationSeconds: "max-duration",
} as const satisfies Record<string, SettingName>;

/** By flag, without its dashes. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TUNE_INPUTS).map(([input, flag]) => [flag, input] as const),
  ["keep-context", 'context: "keep"'],
  ["lower-context", 'context: "lower"'],
  ["force", "force: true"],
]);

/** By command of the worker. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ["run", "start-tune"],
  ["status", "get-status"],
  ["runs", "get-status"],
  ["apply", "apply-recipe"],
  ["revert", "revert-recipe"],
]);

/** @param text the worker's, with flags as `--name` and commands between backticks; what has no input or tool stays as it is */
export function inToolNames(text: string): string {
  return text
    .replaceAll(/`mlx-autotune ([a-z-]+)[^`\n]{0,200}`/g, (command, name: string) => TOOLS.get(name) ?? command)
    .replaceAll(/--(?:no-)?([a-z]+(?:-[a-z]+)*)/g, (flag, name: string) => FLAGS.get(name) ?? flag);
}
