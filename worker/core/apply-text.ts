// What apply and revert say: refusals, the document of --json, and the lines for people. Secrets of the config never stand in it.
// Source: contract §12 (shown before it is done; the output says so).
import { refusalText, type Refusal } from "./config-refusals.ts";
import { maskByLook } from "./config-secrets.ts";
import type { ConfigValue } from "./config-values.ts";
import { AutotuneError } from "./errors.ts";

/** One error for all reasons why a config is left as it is. */
export function refusedChange(what: string, path: string, refusals: readonly Refusal[]): AutotuneError {
  const [first, ...more] = refusals;
  if (first !== undefined && more.length === 0) {
    const where = first.line === null ? path : `${path}, line ${first.line}`;
    return new AutotuneError("config_error", `${what} was not written to ${where}: ${first.reason}`, {
      remedy: `${first.remedy}.`,
    });
  }
  const lines = refusals.map((refusal) => `- ${refusalText(refusal)}`);
  return new AutotuneError("config_error", [`${what} was not written to ${path}:`, ...lines].join("\n"));
}

export interface KeyChange {
  key: string;
  before: ConfigValue;
  after: ConfigValue;
}

/** Values as they may be shown. */
export function shownChanges(edits: readonly KeyChange[]): KeyChange[] {
  const shown = (value: ConfigValue) => (typeof value === "string" ? maskByLook(value) : value);
  return edits.map(({ key, before, after }) => ({ key, before: shown(before), after: shown(after) }));
}

/** "kv_bits 4 → unset". */
export function changeText({ key, before, after }: KeyChange): string {
  return `${key} ${before ?? "unset"} → ${after ?? "unset"}`;
}

/** The commands that restart a service by hand. */
export function restartCommand(service: { domain: string; label: string }): string {
  return `launchctl kickstart -k ${service.domain}/${service.label}`;
}
