// What an apply or revert that died left behind: look at the file, which is entirely old or entirely new, and write down which.
// Nothing is written to the config here; the user's next command goes on from the truth.
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { halfRevertedText, unverifiedText } from "../core/config/apply-text.ts";
import { planRevert } from "../core/config/config-revert.ts";
import type { ApplicationRow } from "../core/runs/read-model.ts";
import { backupBase } from "../platform/files/backup-place.ts";
import { readFileState, sha256Of } from "../platform/files/file-state.ts";
import { isSameProcess } from "../platform/processes/process-identity.ts";
import type { Store } from "../store/store.ts";

/** Settle every application whose process is gone. Quick where there is none. */
export function settleApplications(store: Store, tell: (text: string) => void): void {
  for (const id of store.applications.abandoned(isSameProcess)) {
    const row = store.readers.applications().find((one) => one.id === id);
    if (row !== undefined) settle(row, store, tell);
    store.applications.release(id);
  }
}

function settle(row: ApplicationRow, store: Store, tell: (text: string) => void): void {
  const { id, config_path: path } = row;
  const found = contentOf(row, store);
  const state =
    row.state === "writing" || row.state === "restarting" ? (found === "old" ? "failed" : "unverified") : null;
  store.applications.step(id, "interrupted", {
    ok: false,
    detail: `the process died; the config is ${found}`,
    ...(state === null ? {} : { state }),
  });
  if (row.backup_path === null && found !== "old") store.applications.backedUp(id, findBackup(row));
  if (state === "failed") tell(`Applying a recipe to ${path} was interrupted before anything was written.`);
  else tell(state === "unverified" ? unverifiedText(path, row.run_id) : halfRevertedText(path, id));
}

/** "old" = as before the application; "new" = with the recipe, or edited since. */
function contentOf(row: ApplicationRow, store: Store): "old" | "new" | "unreadable" {
  try {
    const file = readFileState(row.config_path);
    if ((file.state === "file" ? file.sha256 : null) === row.before_sha256) return "old";
    return planRevert(file.bytes, { edits: store.applications.edits(row.id) }).state === "unchanged" ? "old" : "new";
  } catch {
    return "unreadable"; // said again, with the reason, by the command that goes on
  }
}

/** The backup was made before the file was replaced, but nobody could write its name down. */
function findBackup({ config_path: path, before_sha256: before }: ApplicationRow): string | null {
  if (before === null) return null;
  try {
    const base = backupBase(path, readFileState(path).realPath, fs);
    const folder = dirname(base);
    const prefix = `${basename(base)}.bak-`;
    const names = fs.readdirSync(folder).filter((name) => name.startsWith(prefix));
    return names.map((name) => join(folder, name)).find((one) => sha256Of(readFileState(one).bytes) === before) ?? null;
  } catch {
    return null; // a folder that cannot be read holds no backup that could be named
  }
}
