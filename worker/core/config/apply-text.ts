// What apply and revert say: refusals, the document of --json, and the lines for people. Secrets of the config never stand in it.
// Source: contract §12 (shown before it is done; the output says so).
import { reasonText, refusalText, type Refusal } from "./config-refusals.ts";
import type { ConfigValue } from "./config-values.ts";
import { AutotuneError } from "../errors.ts";
import { maskByLook } from "../secrets/mask-look.ts";
import { shortId } from "../units.ts";

/**
 * One error for all reasons why a config is left as it is; a remedy that they share is said once.
 * @param what a sentence up to the path: "… was not written to"
 */
export function refusedChange(what: string, path: string, refusals: readonly Refusal[]): AutotuneError {
  const [first, ...more] = refusals;
  if (first !== undefined && more.length === 0) {
    const where = first.line === null ? path : `${path}, line ${first.line}`;
    return new AutotuneError("config_error", `${what} ${where}: ${first.reason}`, {
      remedy: `${first.remedy}.`,
      remedies: first.remedies ?? [],
    });
  }
  const isShared = first !== undefined && more.every(({ remedy }) => remedy === first.remedy);
  const lines = refusals.map((refusal) => `- ${isShared ? reasonText(refusal) : refusalText(refusal)}`);
  return new AutotuneError("config_error", [`${what} ${path}:`, ...lines].join("\n"), {
    ...(isShared ? { remedy: `${first.remedy}.` } : {}),
    remedies: refusals.flatMap(({ remedies = [] }) => remedies),
  });
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

/** Said when nobody saw the end of an application whose config is written. */
export function unverifiedText(path: string, runId: string): string {
  const again = `mlx-autotune apply ${shortId(runId)}`;
  return `Applying a recipe was interrupted: ${path} holds it, but nobody saw the provider come up. See it through with \`${again}\`, or take it back with \`mlx-autotune revert\`.`;
}

/** Said when a reversion did not get to its end; what it had put back stays. */
export function halfRevertedText(path: string, id: number): string {
  return `Taking a recipe back in ${path} was interrupted. Finish it with \`mlx-autotune revert ${id}\`.`;
}

/** The command that restarts a service by hand. */
export function restartCommand(service: { domain: string; label: string }): string {
  return `launchctl kickstart -k ${service.domain}/${service.label}`;
}
