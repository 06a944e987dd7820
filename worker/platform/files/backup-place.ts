// Where the backup of a config goes: beside the file, or beside the link that leads to it; never into a version-controlled folder, from
// which a token in it would be published. Source: contract §12 (backup `<name>.bak-<unix seconds>-<counter>`).
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { step } from "../../step.ts";
import type { FileLayer } from "./file-layer.ts";
import { existingFolder } from "./file-target.ts";

/** What version control leaves in the topmost folder it looks after. */
const MARKS = [".git", ".hg", ".jj", ".svn"];

/** The backup's path up to `.bak-…`. @param path as the provider names it, perhaps a link; @param realPath what it leads to */
export function backupBase(path: string, realPath: string, layer: FileLayer): string {
  const beside = join(existingFolder(dirname(resolve(path)), layer), basename(path));
  if (!isVersioned(dirname(beside), layer)) return beside;
  const mark = createHash("sha256").update(realPath).digest("hex").slice(0, 8);
  return join(ownBackups(), mark, basename(path));
}

/** Make the folder of a backup; one of ours tells git to leave it alone, should the home folder be a repository. */
export function makeBackupFolder(base: string, layer: FileLayer): void {
  const folder = dirname(base);
  if (dirname(folder) !== ownBackups()) return;
  step("backups.folder", () => layer.mkdirSync(folder, { recursive: true, mode: 0o700 }));
  step("backups.ignore", () => {
    const fd = layer.openSync(join(folder, ".gitignore"), "w", 0o600);
    try {
      layer.writeSync(fd, Buffer.from("*\n"), 0, 2);
    } finally {
      layer.closeSync(fd);
    }
  });
}

const ownBackups = (): string => join(process.env["HOME"] ?? homedir(), ".config", "mlx-autotune", "backups");

function isVersioned(folder: string, layer: FileLayer): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (MARKS.some((mark) => layer.lstatSync(join(at, mark), { throwIfNoEntry: false }) !== undefined)) return true;
    if (dirname(at) === at) return false;
  }
}
