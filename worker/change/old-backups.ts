// Backups of a config that are old enough to go: they hold whatever the config held, tokens included.
// Only what the database says is ours; the provider's own tuner makes backups of the same name.
import { lstatSync, unlinkSync } from "node:fs";
import { codeOf } from "../platform/files/file-layer.ts";
import { step } from "../step.ts";
import type { Store } from "../store/store.ts";

/** As many of the newest stay, beside those of what is in force. */
export const BACKUPS_KEPT = 10;
/** So many older ones are looked at: more have not come together since the last time. */
const LOOKED_AT = 50;

/** Remove old backups of a config. @returns warnings, one for each that could not be removed */
export function dropOldBackups(configPath: string, store: Store): string[] {
  const all = store.readers.applications().filter((row) => row.config_path === configPath);
  const inForce = new Set(
    all.flatMap(({ is_current, backup_path: path }) => (is_current && path !== null ? [path] : [])),
  );
  const old = store.applications.backups(configPath).slice(BACKUPS_KEPT, BACKUPS_KEPT + LOOKED_AT);
  return old.filter((path) => !inForce.has(path)).flatMap(drop);
}

function drop(path: string): string[] {
  try {
    if (/\.bak-\d+-\d+$/.test(path) && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      step("backups.drop", () => unlinkSync(path));
    return [];
  } catch (error) {
    return codeOf(error) === "ENOENT" ? [] : [`the old backup ${path} could not be removed (${codeOf(error)})`];
  }
}
