// Put the owned keys back to what they held before an application, and say what is left to do where that fails.
// Source: contract §12 (a reversion works without the backup; the provider never stays down unsaid).
import type { ApplicationRow } from "../core/runs/read-model.ts";
import { refusedChange } from "../core/config/apply-text.ts";
import { planRevert } from "../core/config/config-revert.ts";
import { AutotuneError, errorText } from "../core/errors.ts";
import { STEPS, stuckCommands, type StuckFile } from "../core/runs/stuck-recipe.ts";
import { dropOldBackups } from "./old-backups.ts";
import { withProviderLock } from "../platform/files/provider-lock.ts";
import { removeFile, replaceFile, type Replaced } from "../platform/files/atomic-file.ts";
import { readFileState, type FileState } from "../platform/files/file-state.ts";
import { isProviderId, PROVIDERS } from "../providers/index.ts";
import type { Store } from "../store/store.ts";

export interface TakenBack {
  changed: boolean;
  /** The file as it was just now; null if nothing was written. */
  backupPath: string | null;
  warnings: string[];
}

/**
 * Put the owned keys back, from what the database knows of the application.
 * @param options.signal ends waiting for another writer; left out where it has to be done
 * @throws AutotuneError config_error with every reason why not; busy if another program writes the config
 */
export async function takeBack(
  id: number,
  path: string,
  store: Store,
  options: { force: boolean; signal?: AbortSignal },
): Promise<TakenBack> {
  const names = lockedNames(applicationOf(id, store)?.provider ?? "", readFileState(path));
  return withProviderLock(names, { signal: options.signal }, () => takeBackLocked(id, path, store, options.force));
}

function takeBackLocked(id: number, path: string, store: Store, force: boolean): TakenBack {
  const file = readFileState(path);
  const application = applicationOf(id, store);
  if (!force) assertStillThere(file, application);
  const plan = planRevert(file.bytes, { edits: store.applications.edits(id) }, { force });
  if (plan.state === "refused") throw refusedChange(`application ${id} was not taken back in`, path, plan.refusals);
  if (plan.state === "unchanged") return { changed: false, backupPath: null, warnings: [] };
  const unixSeconds = Math.floor(Date.now() / 1000);
  const wasAbsent = application?.before_sha256 === null;
  const replaced =
    wasAbsent && plan.text.trim() === "" && file.state === "file"
      ? removeFile({ expected: file, unixSeconds })
      : replaceFile({ expected: file, bytes: plan.bytes, unixSeconds });
  const after = [...noteBackup(id, replaced, store), ...dropOldBackups(path, store)];
  return { changed: true, backupPath: replaced.backupPath, warnings: [...warningsOf(replaced), ...after] };
}

/** All names of a provider's config beside which its other writers lock it. */
export function lockedNames(provider: string, { path, realPath }: FileState): string[] {
  const config = isProviderId(provider) ? PROVIDERS[provider].config : null;
  return config?.readBy === "provider" && config.locked ? [path, realPath] : [];
}

/** The config is back whether or not it can be written down. */
function noteBackup(id: number, { backupPath }: Replaced, store: Store): string[] {
  try {
    store.applications.step(id, STEPS.putBack, { ok: true, detail: backupPath });
    return [];
  } catch (error) {
    return [`that the config was put back could not be written down: ${errorText(error)}`];
  }
}

export const applicationOf = (id: number, store: Store): ApplicationRow | null =>
  store.readers.applications().find((one) => one.id === id) ?? null;

/** What went wrong after a file was replaced. */
export const warningsOf = ({ warning }: Replaced): string[] => (warning === null ? [] : [warning]);

/**
 * A config that was there before the application and has nothing in it any more: its other keys are gone, too, so the owned ones
 * alone would make a file that is neither.
 * @throws AutotuneError config_error
 */
export function assertStillThere(file: FileState, application: ApplicationRow | null): void {
  if (application === null || application.before_sha256 === null || !isBlank(file)) return;
  const { config_path: path, backup_path: backup } = application;
  const whole = backup === null ? "Put the file back" : `Put it back (its backup: ${backup})`;
  throw new AutotuneError("config_error", `${path} ${file.state === "absent" ? "is gone" : "is empty"}`, {
    remedy: `${whole}, then repeat. Or repeat with --force, which writes the recipe's keys as they were before it, and nothing else.`,
    remedies: [{ kind: "flag", flag: "--force", lifts: "gone" }],
  });
}

const isBlank = (file: FileState): boolean => Buffer.from(file.bytes).toString("utf8").trim() === "";

/** Why a roll-back failed, and what brings the provider up again. */
export interface Stuck {
  problem: string;
  remedy: string | null;
  commands: string[];
}

/** Describe a roll-back that failed with `error`. Reads the config; writes nothing. */
export function describeStuck(
  id: number,
  error: unknown,
  service: { domain: string; label: string } | null,
  store: Store,
): Stuck {
  const application = applicationOf(id, store);
  const { config_path: path = "", backup_path: backup = null } = application ?? {};
  const file = application === null ? "recipe" : stuckFile(application, store);
  const remedy = error instanceof AutotuneError && error.remedy !== undefined ? error.remedy : null;
  return { problem: errorText(error), remedy, commands: stuckCommands({ id, path, backup, file, service }) };
}

function stuckFile(application: ApplicationRow, store: Store): StuckFile {
  try {
    const file = readFileState(application.config_path);
    if (application.before_sha256 !== null && isBlank(file)) return "gone";
    const edits = store.applications.edits(application.id);
    if (planRevert(file.bytes, { edits }).state !== "refused") return "recipe";
    return planRevert(file.bytes, { edits }, { force: true }).state === "refused" ? "broken" : "edited";
  } catch {
    return "recipe"; // cannot be read now: the error that is told says why
  }
}

/** The model that the config named before an application; null if it named none. */
export function modelBefore(id: number, store: Store): string | null {
  const edit = store.applications.edits(id).find(({ key }) => key === "model");
  if (edit !== undefined) return edit.before === null ? null : String(edit.before);
  return applicationOf(id, store)?.model ?? null;
}
